-- What one unit did on each day for each metric of an experiment, as it counts.
-- Reads: unit_days (published runs only, see windows). Safe to run at any time.
SELECT scope, toString(day) AS date, toInt32(since) AS days_since, numerator, denominator
FROM unit_days
WHERE scope IN {scopes:Array(String)} AND unit_id = {id:String}
  AND (scope, day, run) IN
      (SELECT scope, day, argMax(run, (windows.started_at, run)) FROM windows WHERE scope IN {scopes:Array(String)} GROUP BY scope, day)
ORDER BY scope, date
