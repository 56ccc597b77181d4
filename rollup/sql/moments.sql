-- Moments of the units' values per group, cumulative as of some days, for some metrics of one experiment.
--
-- A unit's value is made from its days: their sum, or what else the metric's kind says (value.go); the share of its days since
-- first exposure on which it was active (daily); or whether it was active at all (once), or on the days from..to after its
-- first exposure (window). What it did on the days before its exposure is its value before (px, py).
--
-- Reads: first_exposures, unit_days (published runs only, see windows). Writes: moments.
-- Safe to re-run because the newest start of a (scope, view, as_of) counts, and all its groups are one block.
-- Units are told apart by a hash of 112 bits, scopes and groups by their places in the lists given: numbers are grouped several times faster than texts,
-- and one of 128 bits, a unit with a place in its lowest 16, in two thirds of the time of two.
-- The runs are asked for twice: by themselves the index cuts replaced ones away, with their scope and day it is exact.
-- runs: hashes from moments_due.sql, one a scope and day, scope by scope. window_from, window_to: which days since first
-- exposure a metric looks at. sums: and early: stand for what a unit makes of its days, as of each day and before exposure, each: for their
-- names, and without: for what is no sum; value: and past: for the value of the kinds that these metrics have.
-- trails: and made: stand for what is not made of sums (later.go). units, quantiles, parts, merged: fragments.
INSERT INTO moments (scope, view, as_of, group_id, units, participants, before, mean_x, mean_y, mean_px, mean_py,
                     m2_x, m2_y, c_xy, m2_px, m2_py, c_pxpy, c_xpx, c_xpy, c_ypx, c_ypy, total_x, total_y,
                     q_hat, q_low, q_high, runs, started_at, complete_to)
WITH
    {as_of:Array(UInt16)} AS days,
    units AS
    (
        SELECT bitShiftLeft(reinterpretAsUInt128(sipHash128(unit_id)), 16) AS unit, toUInt8(indexOf({groups:Array(String)}, unit_group)) AS arm, first_day
        FROM (/* units: */ SELECT '' AS unit_id, '' AS unit_group, 0 AS first_day, true AS counts /* :units */)
        WHERE counts
    ),
    sizes AS
    (
        SELECT arm AS group_id, slice, count() AS exposed
        FROM units
        ARRAY JOIN days AS slice
        WHERE first_day <= slice
        GROUP BY group_id, slice
    ),
    published AS
    (
        SELECT (toUInt32(indexOf({scopes:Array(String)}, scope) * 65536 + toUInt16(day)), argMax(run, (windows.started_at, run))) AS published
        FROM windows
        WHERE scope IN {scopes:Array(String)} AND day <= toDate(arrayMax(days))
        GROUP BY scope, day
    ),
    totals AS
    (
        SELECT toUInt8(key) AS place, bitXor(key, toUInt128(place)) AS unit,
               /* sums: */ [sumIf(numerator, since >= 0 AND at <= days[1])] AS xs, [sumIf(denominator, since >= 0 AND at <= days[1])] AS ys, [countIf(since >= 0 AND at <= days[1])] AS counts, [[]] AS lists /* :sums */,
               /* early: */ sumIf(numerator, since < 0) AS px0, sumIf(denominator, since < 0) AS py0, countIf(since < 0) AS early_days /* :early */ /* trails: */ /* :trails */
        FROM
        (
            SELECT transform(scope, {scopes:Array(String)}, arrayMap(place -> toUInt8(place), arrayEnumerate({scopes:Array(String)})), toUInt8(0)) AS place,
                   bitOr(bitShiftLeft(reinterpretAsUInt128(sipHash128(unit_id)), 16), toUInt128(place)) AS key, toUInt16(day) AS at, since, numerator, denominator, items
            FROM unit_days
            WHERE scope IN {scopes:Array(String)} AND day <= toDate(arrayMax(days))
              AND (since < 0 OR since BETWEEN {window_from:Array(Int32)}[place] AND {window_to:Array(Int32)}[place])
              AND run IN (SELECT published.2 FROM published) AND (toUInt32(place * 65536 + at), run) IN (SELECT published FROM published)
        )
        GROUP BY key
    ),
    unit_values AS
    (
        SELECT place, slice, group_id, active_days > 0 AS active, early_days > 0 AS early, vals,
               /* value: */ made.1 /* :value */ AS x, made.2 AS y, /* past: */ made.3 /* :past */ AS px, made.4 AS py
        FROM
        (
            SELECT place, slice, arm AS group_id, first_day, active_days, early_days, /* without: */ /* :without */ /* made: */ (x0, y0, px0, py0) /* :made */ AS made
            FROM (SELECT * FROM totals INNER JOIN units USING (unit))
            ARRAY JOIN days AS slice, /* each: */ xs AS x0, ys AS y0, counts AS active_days, lists AS vals /* :each */
            WHERE first_day <= slice
        )
        WHERE active_days > 0 OR early_days > 0
    ),
    quantiles AS (/* quantiles: */ SELECT toUInt8(1) AS place, toUInt16(1) AS slice, toUInt8(1) AS group_id, 0. AS hat, 0. AS low, 0. AS high WHERE 0 /* :quantiles */),
    parts AS (/* parts: */ SELECT 1 /* :parts */),
    grid AS
    (
        SELECT toUInt8(arrayJoin(arrayEnumerate({scopes:Array(String)}))) AS place, arrayJoin(days) AS slice, toUInt8(indexOf({groups:Array(String)}, arrayJoin({groups:Array(String)}))) AS group_id
    )
SELECT {scopes:Array(String)}[place], 'cumulative', toDate(slice), {groups:Array(String)}[group_id], exposed,
       /* merged: */ 0 /* :merged */, hat, low, high,
       {runs:Array(UInt64)}[(place - 1) * length(days) + indexOf(days, slice)],
       fromUnixTimestamp64Micro({started:Int64}, 'UTC'), fromUnixTimestamp64Milli({complete_to:Int64}, 'UTC')
FROM grid
LEFT JOIN sizes USING (group_id, slice)
LEFT JOIN parts USING (place, slice, group_id)
LEFT JOIN quantiles USING (place, slice, group_id)
ORDER BY place, slice, group_id
