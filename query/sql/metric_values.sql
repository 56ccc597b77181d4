-- Values of metrics on one day, for each unit type; null where a quotient has no denominator.
-- Reads: metric_days, windows: only rows of the newest published run count. Safe to run at any time.
SELECT metric, unit_type, if(isFinite(value), value, NULL) AS value, numerator, denominator, units, input_rows
FROM metric_days
WHERE metric IN {metrics:Array(String)} AND day = {day:Date}
  AND (concat('metric/', metric), day, run) IN
      (SELECT scope, day, argMax(run, started_at) FROM windows WHERE scope IN arrayMap(m -> concat('metric/', m), {metrics:Array(String)}) GROUP BY scope, day)
ORDER BY metric, unit_type
