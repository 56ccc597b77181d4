-- The first metric day of each experiment on which units that are to be forgotten were exposed, and the last day there is.
-- Reads: first_exposures, dirty_days. Safe to run at any time.
SELECT experiment, toUInt16(toDate(min(first_time), {zone:String})) AS first_day, (SELECT toUInt16(max(day)) FROM dirty_days) AS last_day
FROM first_exposures
WHERE toUnixTimestamp64Milli(first_time) < transform(concat(transform(experiment, {experiments:Array(String)}, {unit_types:Array(String)}, ''), ' ', lower(hex(SHA256(unit_id)))), {units:Array(String)}, {befores:Array(Int64)}, toInt64(0))
GROUP BY experiment
ORDER BY experiment
