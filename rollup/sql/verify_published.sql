-- A metric's totals as they are published, and the days it has.
-- Reads: windows, metric_days. Safe to run at any time.
SELECT toUInt16(day) AS at, unit_type, value, numerator, denominator, units, input_rows
FROM
(
    SELECT day, argMax(windows.run, (started_at, windows.run)) AS run
    FROM windows
    WHERE scope = concat('metric/', {metric:String}) AND day BETWEEN toDate({from:UInt16}) AND toDate({to:UInt16})
    GROUP BY day
) AS published
LEFT JOIN (SELECT * FROM metric_days WHERE metric = {metric:String}) AS found USING (day, run)
ORDER BY at, unit_type
