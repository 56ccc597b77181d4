-- Totals of some metrics on some days, for every unit type that the events carry, in one scan of the days' events. First what
-- each unit did on the day, then the sum over units; a percentile is the value of rank ceil(level * n) of all events' values.
-- Units are told apart by a 128-bit hash: exact for any number that a machine can count, and it can spill to disk.
-- Reads: events, duplicates, rollup_watermarks. Writes: metric_days, under a run number of its own.
-- Safe to re-run because nobody reads a run before publish.sql has named it.
-- happened: stands for happened.sql, units: for what a unit makes of its events, totals: and values: for what all units make (fold.go).
INSERT INTO metric_days (metric, unit_type, day, run, value, numerator, denominator, units, input_rows)
SELECT {metrics:Array(String)}[total.1 AS place], unit_type, metric_day, {run:UInt64},
       multiIf({percentiles:Array(Float64)}[place] > 0, all[greatest(1, toUInt64(ceil({percentiles:Array(Float64)}[place] * length(all) / 100 - 1e-9)))],
               NOT has({quotients:Array(UInt16)}, place), x, y = 0, nan, x / y),
       total.2 AS x, total.3 AS y, total.4, total.5
FROM
(
    SELECT unit_type, metric_day, total, /* values: */ CAST([], 'Array(Float64)') /* :values */ AS all
    FROM
    (
        SELECT unit_type, metric_day, arrayJoin(arrayFilter(total -> total.5 > 0, [
               /* totals: */ (toUInt16(1), sum(a1), 0., countIf(n1 > 0), sum(n1)) /* :totals */])) AS total
        FROM
        (
            SELECT unit.1 AS unit_type, metric_day, sipHash128(unit.2) AS unit_hash,
                   /* units: */ count() AS n1, sum(x1) AS a1 /* :units */
            FROM (/* happened: */ SELECT toDate(0) AS metric_day, now64(3) AS time, [('', '')] AS units, 1. AS x1 /* :happened */)
            ARRAY JOIN units AS unit
            GROUP BY unit_type, metric_day, unit_hash
        )
        GROUP BY unit_type, metric_day
    )
)
