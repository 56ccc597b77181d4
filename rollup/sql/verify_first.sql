-- The first exposures of one experiment, as they are kept.
-- Reads: first_exposures. Safe to run at any time.
SELECT unit_id AS unit, toString(group_id) AS group_name, toUnixTimestamp64Milli(min(first_time)) AS ms
FROM first_exposures
WHERE experiment = {experiment:String}
GROUP BY unit_id, group_id
ORDER BY unit, group_name
