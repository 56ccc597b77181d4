-- The exposures of one unit, those that no experiment counts too.
-- Reads: exposures. Safe to run at any time.
-- unit: stands for the column of the unit's type.
SELECT name, kind, layer, rule, rule_name, value, reason, environment, secondary, count() AS times,
       toUnixTimestamp64Milli(min(time)) AS first_time, toUnixTimestamp64Milli(max(time)) AS last_time
FROM exposures
WHERE /* unit: */ user_id /* :unit */ = {id:String}
GROUP BY name, kind, layer, rule, rule_name, value, reason, environment, secondary
ORDER BY first_time, name
LIMIT 1000
