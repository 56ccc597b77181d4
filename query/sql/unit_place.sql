-- Where one unit stands in an experiment: its group, and what speaks against counting it.
-- Reads: first_exposures. Safe to run at any time.
-- units: schema/fragment/units.sql.
SELECT toString(unit_group) AS group_id, toUnixTimestamp64Milli(exposed_at) AS exposed, crossover, overridden, sampled, counts AS counted
FROM (/* units: */ SELECT '' AS unit_id, '' AS unit_group, now64(3) AS exposed_at, false AS crossover, false AS overridden, true AS sampled, true AS counts /* :units */)
WHERE unit_id = {unit_id:String}
