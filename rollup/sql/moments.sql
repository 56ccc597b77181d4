-- Moments of the units' values per group, cumulative as of some days, for some metrics of one experiment.
--
-- A unit's value is made from its days: their sum; the share of its days since first exposure on which it was active
-- (daily); or whether it was active at all (once), or on the days from..to after its first exposure (window).
-- Means and centred sums are taken over the units that did something, with Welford's recurrence, and the z units that did
-- nothing are merged in as z zeros (Chan, Golub, LeVeque 1983, eq. 2.1): M2 = M2p + mean_p^2 * p*z/n, and so for products.
--
-- Reads: first_exposures, unit_days (published runs only, see windows). Writes: moments.
-- Safe to re-run because the newest start of a (scope, view, as_of) counts, and all its groups are one block.
-- runs: hashes from moments_due.sql, one a scope and day, scope by scope. window_from, window_to: which days since first
-- exposure a metric looks at. sums: stands for one sum of each as-of day (see moments.go).
INSERT INTO moments (scope, view, as_of, group_id, units, participants, mean_x, mean_y, m2_x, m2_y, c_xy, total_x, total_y, runs, started_at, complete_to)
WITH
    {as_of:Array(UInt16)} AS days,
    units AS
    (
        SELECT unit_id, argMin(group_id, (first_time, group_id)) AS unit_group, toUInt16(toDate(min(first_time), {zone:String})) AS first_day
        FROM first_exposures
        WHERE experiment = {experiment:String} AND has({groups:Array(String)}, group_id)
          AND first_time < fromUnixTimestamp64Milli({end:Int64}, 'UTC')
        GROUP BY unit_id
        HAVING {keep_crossovers:Bool} OR uniqExact(group_id) = 1
    ),
    sizes AS
    (
        SELECT unit_group AS group_id, as_of, count() AS exposed
        FROM units
        ARRAY JOIN days AS as_of
        WHERE first_day <= as_of
        GROUP BY group_id, as_of
    ),
    totals AS
    (
        SELECT place, unit_id,
               /* sums: */ [sumIf(numerator, at <= days[1])] AS xs, [sumIf(denominator, at <= days[1])] AS ys, [countIf(at <= days[1])] AS counts /* :sums */
        FROM
        (
            SELECT indexOf({scopes:Array(String)}, scope) AS place, unit_id, toUInt16(day) AS at, numerator, denominator
            FROM unit_days
            WHERE scope IN {scopes:Array(String)} AND day <= toDate(arrayMax(days))
              AND since BETWEEN {window_from:Array(UInt16)}[place] AND {window_to:Array(UInt16)}[place]
              AND (scope, day, run) IN
              (
                  SELECT scope, day, argMax(run, (windows.started_at, run))
                  FROM windows
                  WHERE scope IN {scopes:Array(String)} AND day <= toDate(arrayMax(days))
                  GROUP BY scope, day
              )
        )
        GROUP BY place, unit_id
    ),
    parts AS
    (
        SELECT place, as_of, unit_group AS group_id, count() AS p, sum(x) AS sum_x, sum(y) AS sum_y,
               varPopStable(x) * p AS p_xx, varPopStable(y) * p AS p_yy, covarPopStable(x, y) * p AS p_xy
        FROM
        (
            SELECT place, as_of, unit_group, y, {kinds:Array(String)}[place] AS kind,
                   multiIf(kind = 'daily', x0 / (as_of - first_day + 1), kind = 'sum', x0, 1) AS x
            FROM (SELECT place, xs, ys, counts, unit_group, first_day FROM totals INNER JOIN units USING (unit_id))
            ARRAY JOIN days AS as_of, xs AS x0, ys AS y, counts AS active_days
            WHERE active_days > 0
        )
        GROUP BY place, as_of, group_id
    ),
    grid AS
    (
        SELECT arrayJoin(arrayEnumerate({scopes:Array(String)})) AS place, arrayJoin(days) AS as_of, arrayJoin({groups:Array(String)}) AS group_id
    )
SELECT {scopes:Array(String)}[place], 'cumulative', toDate(as_of), group_id, exposed, p,
       if(exposed = 0, 0, sum_x / exposed), if(exposed = 0, 0, sum_y / exposed),
       if(p = 0, 0, p_xx + sum_x * sum_x / p * (exposed - p) / exposed),
       if(p = 0, 0, p_yy + sum_y * sum_y / p * (exposed - p) / exposed),
       if(p = 0, 0, p_xy + sum_x * sum_y / p * (exposed - p) / exposed),
       sum_x, sum_y, {runs:Array(UInt64)}[(place - 1) * length(days) + indexOf(days, as_of)],
       fromUnixTimestamp64Micro({started:Int64}, 'UTC'), fromUnixTimestamp64Milli({complete_to:Int64}, 'UTC')
FROM grid
LEFT JOIN sizes USING (group_id, as_of)
LEFT JOIN parts USING (place, as_of, group_id)
ORDER BY place, as_of, group_id
