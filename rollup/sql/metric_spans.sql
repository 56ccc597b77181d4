-- Totals of metrics whose value on a day is made of other days too: retention, which looks back to those who started, and
-- funnels with a window, which belong to the day they start on. Days outside the history count as days without events.
-- Reads: events (some days around), duplicates, rollup_watermarks. Writes: metric_days, under a run number of its own.
-- Safe to re-run because nobody reads a run before publish.sql has named it.
-- happened: stands for happened.sql, spanned: for what happened to a unit (fold.go), completions: for (completed, started) of those that start on day d (funnel.go).
INSERT INTO metric_days (metric, unit_type, day, run, value, numerator, denominator, units, input_rows)
SELECT {metrics:Array(String)}[place], unit_type, toDate(d), {run:UInt64}, if(y = 0, nan, x / y),
       toFloat64(sum(pair.1)) AS x, toFloat64(sum(pair.2)) AS y, countIf(pair.2 > 0), sum(arrayCount(item -> item.4 = d, items))
FROM
(
    SELECT place, unit_type, items, arrayJoin(range({from:UInt16}, {to:UInt16} + 1)) AS d, {retention_ends:Array(UInt16)}[place] AS end,
           if(end > 0,
              (toUInt64(started AND arrayExists(item -> item.4 <= d AND item.4 + {retention_lengths:Array(UInt16)}[place] > d AND bitAnd(item.3, 2) > 0, items)),
               toUInt64(arrayExists(item -> item.4 + end = d AND bitAnd(item.3, 1) > 0, items) AS started)),
              /* completions: */ (toUInt64(0), toUInt64(0)) /* :completions */) AS pair
    FROM
    (
        SELECT unit_type, spanned.1 AS place, spanned.2 AS items
        FROM
        (
            SELECT unit.1 AS unit_type, sipHash128(unit.2) AS unit_hash,
                   arrayJoin(arrayFilter(one -> notEmpty(one.2), [
                   /* spanned: */ (toUInt16(1), [(toUInt64(0), toUInt64(0), toUInt8(0), toUInt16(0))]) /* :spanned */])) AS spanned
            FROM (/* happened: */ SELECT toDate(0) AS metric_day, now64(3) AS time, [('', '')] AS units, 1. AS x1 /* :happened */)
            ARRAY JOIN units AS unit
            GROUP BY unit_type, unit_hash
        )
    )
)
GROUP BY place, unit_type, d
HAVING y > 0
