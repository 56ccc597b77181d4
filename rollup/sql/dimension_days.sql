-- Totals of one metric on some days, broken down by a property. Values with more than a share of the day's events that have the
-- metric keep their name, the others together are 'Other': which these are is a matter of the day's events alone.
-- Reads: events, duplicates, rollup_watermarks. Writes: dimension_days, under the run of the metric's totals.
-- Safe to re-run because nobody reads a run before publish.sql has named it.
-- happened: stands for happened.sql, where found is the value of the property; the other marks are those of metric_days.sql.
INSERT INTO dimension_days (metric, unit_type, dimension, dimension_value, day, run, value, numerator, denominator, units, input_rows)
WITH
    happened AS (/* happened: */ SELECT toDate(0) AS metric_day, now64(3) AS time, [('', '')] AS units, '' AS found, 1. AS x1 /* :happened */),
    kept AS
    (
        SELECT metric_day, found
        FROM (SELECT metric_day, found, count() AS n, sum(n) OVER (PARTITION BY metric_day) AS all FROM happened GROUP BY metric_day, found)
        WHERE n > {share:Float64} * all
    )
SELECT {metrics:Array(String)}[1], unit_type, {dimension:String}, dimension_value, metric_day, {run:UInt64},
       multiIf({percentiles:Array(Float64)}[1] > 0, arraySort(groupArrayArray(unit_values) AS every)[greatest(1, toUInt64(ceil({percentiles:Array(Float64)}[1] * length(every) / 100 - 1e-9)))],
               NOT has({quotients:Array(UInt16)}, 1), x, y = 0, nan, x / y),
       sum(unit_x) AS x, sum(unit_y) AS y, count() AS units, sum(unit_rows)
FROM
(
    SELECT unit_type, dimension_value, metric_day, folded.2 AS unit_x, folded.3 AS unit_y, folded.4 AS unit_rows,
           /* values: */ CAST([], 'Array(Float64)') /* :values */ AS unit_values
    FROM
    (
        SELECT unit.1 AS unit_type, if((metric_day, found) IN (SELECT metric_day, found FROM kept), found, 'Other') AS dimension_value,
               metric_day, sipHash128(unit.2) AS unit_hash,
               /* folded: */ (toUInt16(1), sum(x1), 0., count()) /* :folded */ AS folded
        FROM happened
        ARRAY JOIN units AS unit
        GROUP BY unit_type, dimension_value, metric_day, unit_hash
    )
)
GROUP BY unit_type, dimension_value, metric_day
