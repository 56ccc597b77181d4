-- The days of an experiment that have been computed, of any of its metrics, from its first exposure on.
-- Reads: windows, dirty_days. Safe to run at any time.
SELECT toUInt16(min(day)) AS first, toUInt16(max(day)) AS last, count() AS days
FROM windows
WHERE startsWith(scope, concat({experiment:String}, '/')) AND day >= (SELECT min(day) FROM dirty_days WHERE scope = {experiment:String})
