-- A fragment, for a subquery: the units that a question is about, with the slice that each is in.
-- units: schema/fragment/units.sql. traits: a join with what users were at their first exposure, traits.sql. others: one
-- with their groups in another experiment, others.sql. by: the slice.
-- only: conditions on units.
SELECT known.unit_id AS unit_id, bitShiftLeft(reinterpretAsUInt128(sipHash128(known.unit_id)), 16) AS unit, unit_group, toUInt8(indexOf({groups:Array(String)}, unit_group)) AS arm, first_day, exposed_at, /* by: */ '' /* :by */ AS unit_slice
FROM (/* units: */ SELECT '' AS unit_id, '' AS unit_group, 0 AS first_day, now64(3) AS exposed_at, true AS counts /* :units */) AS known
/* traits: */ /* :traits */
/* others: */ /* :others */
WHERE counts AND first_day <= {last:Int32} AND exposed_at >= fromUnixTimestamp64Milli({exposed_from:Int64}, 'UTC') AND exposed_at < fromUnixTimestamp64Milli({exposed_to:Int64}, 'UTC')
  /* only: */ /* :only */
