-- Moments of units' values for a question that no rollup answers: by day, by a property, of a part of units or events. Units that
-- did nothing are not in it: explore_units.sql counts all of them, and they are zeros.
-- Reads: first_exposures, exposures (when the user's properties are asked for), and unit_days (published runs only) or events.
-- Safe to run at any time.
-- cohort: the units asked for (cohort.sql). source: rows (place, unit_id, at, since, numerator, denominator, items, dim) of days,
-- from source_days.sql or source_events.sql; did: both together, or source_addends.sql. slice: what tells slices apart. value: and early: what a unit makes of its days; trails: and made:
-- what is not made of sums (later.go).
WITH
    cohort AS (/* cohort: */ SELECT '' AS unit_id, '' AS unit_group, 0 AS first_day, '' AS unit_slice /* :cohort */),
    source AS (/* source: */ SELECT 1 AS place, '' AS unit_id, 0 AS at, 0 AS since, 0. AS numerator, 0. AS denominator, [(0, 0, 0.)] AS items, '' AS dim /* :source */),
    totals AS
    (
        SELECT place, unit_id, /* slice: */ unit_slice /* :slice */ AS slice, any(unit_group) AS group_id, any(first_day) AS first,
               /* value: */ sum(numerator) AS x0, sum(denominator) AS y0, count() AS active_days, CAST([], 'Array(Float64)') AS vals /* :value */,
               /* early: */ 0. AS px0, 0. AS py0, 0 AS early_days /* :early */ /* trails: */ /* :trails */
        FROM /* did: */ source INNER JOIN cohort USING (unit_id) /* :did */
        WHERE since < 0 OR since BETWEEN {window_from:Array(Int32)}[place] AND {window_to:Array(Int32)}[place]
        GROUP BY place, unit_id, slice
    ),
    unit_values AS
    (
        SELECT place, slice, group_id, {kinds:Array(String)}[place] AS kind, active_days > 0 AS active, early_days > 0 AS early, vals,
               multiIf(kind = 'daily', made.1 / if({one_day:Bool}, 1, {last:Int32} - first + 1), kind IN ('once', 'window'), toFloat64(active), made.1) AS x, made.2 AS y,
               multiIf(kind = 'daily', made.3 / {windows:Array(UInt16)}[place], kind IN ('once', 'window'), toFloat64(early), made.3) AS px, made.4 AS py
        FROM (SELECT place, slice, group_id, first, active_days, early_days, vals, /* made: */ (x0, y0, px0, py0) /* :made */ AS made FROM totals)
        WHERE active_days > 0 OR early_days > 0
    ),
    quantiles AS (/* quantiles: */ SELECT toUInt64(1) AS place, '' AS slice, '' AS group_id, 0. AS hat, 0. AS low, 0. AS high WHERE 0 /* :quantiles */),
    parts AS (/* parts: */ SELECT 1 /* :parts */)
SELECT toUInt32(place) AS place, slice, toString(group_id) AS group_id, p, took, had, sum_x, sum_y, sum_px, sum_py,
       p_xx, p_yy, p_xy, p_pxpx, p_pypy, p_pxpy, p_xpx, p_xpy, p_ypx, p_ypy, hat, low, high
FROM parts
LEFT JOIN quantiles USING (place, slice, group_id)
ORDER BY place, slice, group_id
