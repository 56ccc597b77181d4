-- A metric's values by day, broken down by one dimension.
-- Reads: dimension_days, windows: only rows of the newest published run count. Safe to run at any time.
SELECT dimension_value, toString(day) AS date, if(isFinite(value), value, NULL) AS value, numerator, denominator, units, input_rows
FROM dimension_days
WHERE metric = {metric:String} AND unit_type = {unit_type:String} AND dimension = {dimension:String} AND day BETWEEN {from:Date} AND {to:Date}
  AND (day, run) IN
      (SELECT day, argMax(windows.run, (started_at, windows.run)) FROM windows WHERE scope = concat('metric/', {metric:String}) GROUP BY day)
ORDER BY dimension_value, date
