-- The first exposure of every unit of an experiment, those that do not count included and marked; of one
-- day, or ('') of all.
-- Reads: first_exposures. Safe to run at any time.
-- units: stands for schema/fragment/units.sql.
SELECT unit_id, {unit_type:String} AS unit_type, {experiment:String} AS experiment_id, toString(unit_group) AS group_id,
       {group_names:Array(String)}[indexOf({groups:Array(String)}, unit_group)] AS group_name,
       toString(exposed_at) AS first_exposure_utc, toString(toDate(first_day)) AS first_exposure_pst_date,
       toUInt8(counts) AS counted, toUInt8(crossover) AS crossover, toUInt8(overridden) AS overridden
FROM (/* units: */ SELECT '' AS unit_id, '' AS unit_group, now64(3) AS exposed_at, 0 AS first_day, true AS counts, false AS crossover, false AS overridden /* :units */)
WHERE {on:String} = '' OR toString(toDate(first_day)) = {on:String}
