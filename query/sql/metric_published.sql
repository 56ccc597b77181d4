-- Which run of each day of some scopes counts, and when it was begun.
-- Reads: windows. Safe to run at any time.
SELECT scope, toString(day) AS date, argMax(windows.run, (started_at, windows.run)) AS run, max(started_at) AS as_of
FROM windows
WHERE scope IN {scopes:Array(String)} AND day BETWEEN {from:Date} AND {to:Date}
GROUP BY scope, day
ORDER BY scope, day
