-- Moments of units' values for a question that no rollup answers: by day, by a property, of a part of units or events. Units that
-- did nothing are not in it: explore_units.sql counts all of them, and they are zeros.
-- Reads: first_exposures, exposures (when the user's properties are asked for), and unit_days (published runs only) or events.
-- Safe to run at any time.
-- Units are told apart by a hash of 112 bits, groups by their place in the list given: numbers are grouped several times faster than texts, and one of 128
-- bits, a unit with the place of a metric, faster than two.
-- did: rows (place, unit, arm, first_day, unit_slice, at, since, numerator, denominator, items, dim) of units' days (did_days.sql) or of their
-- events (source_addends.sql). only: which of them are looked at. slice: what tells slices apart, apart: whether a unit is in several.
-- sums: and early: what a unit makes of its rows; trails: and made: what is not made of sums (later.go); value: and past: the value of the
-- kinds that these metrics have. ranks: and ranked: percentiles. What no metric of the statement needs is not in it: an expression costs its
-- analysis too.
WITH
    totals AS
    (
        SELECT toUInt16(key) AS place, /* slice: */ '' /* :slice */ AS slice, any(arm) AS group_id, /* first: */ 0 /* :first */ AS first,
               /* sums: */ sum(numerator) AS x0, sum(denominator) AS y0, count() AS active_days, CAST([], 'Array(Float64)') AS vals /* :sums */,
               /* early: */ 0. AS px0, 0. AS py0, 0 AS early_days /* :early */ /* trails: */ /* :trails */
        FROM
        (
            SELECT *, bitOr(unit, toUInt128(place)) AS key
            FROM /* did: */ (SELECT 1 AS place, 1 AS unit, 1 AS arm, 0 AS first_day, '' AS unit_slice, 0 AS at, 0 AS since, 0. AS numerator, 0. AS denominator, '' AS dim) /* :did */
            WHERE /* only: */ 1 /* :only */
        )
        GROUP BY key /* apart: */ /* :apart */
    ),
    unit_values AS
    (
        SELECT place, slice, group_id, active_days > 0 AS active, early_days > 0 AS early, vals,
               /* value: */ made.1 /* :value */ AS x, made.2 AS y, /* past: */ made.3 /* :past */ AS px, made.4 AS py
        FROM (SELECT place, slice, group_id, first, active_days, early_days, vals, /* made: */ (x0, y0, px0, py0) /* :made */ AS made FROM totals)
    ),
    quantiles AS (/* quantiles: */ SELECT 1 AS place, '' AS slice, 1 AS group_id, 0. AS hat, 0. AS low, 0. AS high /* :quantiles */),
    parts AS (/* parts: */ SELECT 1 /* :parts */)
SELECT toUInt32(place) AS place, slice, {groups:Array(String)}[group_id] AS group_id, p, took, had, sum_x, sum_y, sum_px, sum_py,
       p_xx, p_yy, p_xy, p_pxpx, p_pypy, p_pxpy, p_xpx, p_xpy, p_ypx, p_ypy, /* ranks: */ 0. AS hat, 0. AS low, 0. AS high /* :ranks */
FROM parts
/* ranked: */ /* :ranked */
ORDER BY place, slice, group_id
