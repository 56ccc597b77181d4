-- A metric's breakdown by one dimension, as it is published.
-- Reads: dimension_days, windows. Safe to run at any time.
SELECT toUInt16(day) AS at, toString(unit_type) AS unit_type, dimension_value AS what, [value, numerator, denominator, toFloat64(units), toFloat64(input_rows)] AS kept
FROM dimension_days
WHERE metric = {metric:String} AND dimension = {dimension:String} AND day BETWEEN toDate({from:UInt16}) AND toDate({to:UInt16})
  AND (day, run) IN (SELECT day, argMax(run, (started_at, run)) FROM windows WHERE scope = concat('metric/', {metric:String}) GROUP BY day)
ORDER BY at, unit_type, what
