-- A fragment, for a subquery: the events of some metric days that count, found the plain and slow way: which copy of a message counts is
-- looked up among the raw rows themselves, not in the tables that rollups use.
-- Reads: events, rollup_watermarks.
-- hash: stands for what tells copies of equal time apart (absorb_ids.sql); readable: for readable.sql.
WITH seen AS (SELECT * FROM events WHERE /* readable: */ 1 /* :readable */)
SELECT *, toDate(time, {zone:String}) AS metric_day,
       arrayFilter(unit -> unit.2 != '', arrayConcat([('userid', user_id), ('anonymousid', anonymous_id)],
           arrayMap((type, id) -> (toString(type), id), mapKeys(unit_ids), mapValues(unit_ids)))) AS units
FROM seen
WHERE day BETWEEN toDate({utc_from:UInt16}) AND toDate({utc_to:UInt16})
  AND toDate(time, {zone:String}) BETWEEN toDate({scan_from:UInt16}) AND toDate({scan_to:UInt16}) AND environment = 'production'
  AND (spool_id, position) IN
  (
      SELECT copy.1, copy.2
      FROM
      (
          SELECT argMin((spool_id, position), (time, /* hash: */ 0 /* :hash */, spool_id, position)) AS copy
          FROM seen
          WHERE message_id IN (SELECT message_id FROM seen WHERE day BETWEEN toDate({utc_from:UInt16}) AND toDate({utc_to:UInt16}))
          GROUP BY message_id
      )
  )
