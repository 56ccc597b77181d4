-- Exposures by name and kind in the last day and the last seven.
-- Reads: exposures. Safe to run at any time.
SELECT name, if(kind = 'gate', 'gate', 'config') AS sort, countIf(time >= now64(3) - INTERVAL 1 DAY) AS past_day, count() AS past_week
FROM exposures
WHERE name IN {names:Array(String)} AND day >= today() - 8 AND time >= now64(3) - INTERVAL 7 DAY
GROUP BY name, sort
