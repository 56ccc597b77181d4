-- Moments of the units' values per group, cumulative as of some days, for some metrics of one experiment.
--
-- A unit's value is made from its days: their sum; the share of its days since first exposure on which it was active
-- (daily); or whether it was active at all (once) or on the days from..to after its first exposure (window).
-- Means and centred sums are taken over the units that did something, with Welford's recurrence, and the z units that did
-- nothing are merged in as z zeros (Chan, Golub, LeVeque 1983, eq. 2.1): M2 = M2p + mean_p^2 * p*z/n, and so for products.
--
-- Reads: first_exposures, unit_days (published runs only, see windows). Writes: moments.
-- runs: hashes from moments_due.sql, one a scope and day, scope by scope.
-- Safe to re-run because the newest start of a (scope, view, as_of) counts, and all its groups are one block.
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
        SELECT scope, any(unit_group) AS unit_group, any(first_day) AS unit_first_day,
               sumForEach(arrayMap(as_of -> if(active AND at <= as_of, numerator, 0), days)) AS xs,
               sumForEach(arrayMap(as_of -> if(active AND at <= as_of, denominator, 0), days)) AS ys,
               sumForEach(arrayMap(as_of -> toUInt32(active AND at <= as_of), days)) AS counts
        FROM
        (
            SELECT scope, unit_id, numerator, denominator, first_day, unit_group, toUInt16(day) AS at, indexOf({scopes:Array(String)}, scope) AS place,
                   {kinds:Array(String)}[place] != 'window'
                   OR at - first_day BETWEEN {window_from:Array(Int32)}[place] AND {window_to:Array(Int32)}[place] AS active
            FROM unit_days
            INNER JOIN units USING (unit_id)
            WHERE scope IN {scopes:Array(String)} AND day <= toDate(arrayMax(days)) AND (scope, day, run) IN
            (
                SELECT scope, day, argMax(run, (windows.started_at, run))
                FROM windows
                WHERE scope IN {scopes:Array(String)} AND day <= toDate(arrayMax(days))
                GROUP BY scope, day
            )
        )
        GROUP BY scope, unit_id
    ),
    parts AS
    (
        SELECT scope, as_of, unit_group AS group_id, count() AS p, sum(x) AS sum_x, sum(y) AS sum_y,
               varPopStable(x) * p AS p_xx, varPopStable(y) * p AS p_yy, covarPopStable(x, y) * p AS p_xy
        FROM
        (
            SELECT scope, as_of, unit_group, y, {kinds:Array(String)}[indexOf({scopes:Array(String)}, scope)] AS kind,
                   multiIf(kind = 'daily', x0 / (as_of - unit_first_day + 1), kind IN ('once', 'window'), 1, x0) AS x
            FROM totals
            ARRAY JOIN days AS as_of, xs AS x0, ys AS y, counts AS active_days
            WHERE active_days > 0
        )
        GROUP BY scope, as_of, unit_group
    )
SELECT scope, 'cumulative', toDate(as_of), group_id, exposed, p,
       if(exposed = 0, 0, sum_x / exposed), if(exposed = 0, 0, sum_y / exposed),
       if(p = 0, 0, p_xx + sum_x * sum_x / p * (exposed - p) / exposed),
       if(p = 0, 0, p_yy + sum_y * sum_y / p * (exposed - p) / exposed),
       if(p = 0, 0, p_xy + sum_x * sum_y / p * (exposed - p) / exposed),
       sum_x, sum_y, {runs:Array(UInt64)}[(indexOf({scopes:Array(String)}, scope) - 1) * length(days) + indexOf(days, as_of)],
       fromUnixTimestamp64Micro({started:Int64}, 'UTC'), fromUnixTimestamp64Milli({complete_to:Int64}, 'UTC')
FROM (SELECT arrayJoin({scopes:Array(String)}) AS scope, arrayJoin(days) AS as_of, arrayJoin({groups:Array(String)}) AS group_id) AS grid
LEFT JOIN sizes USING (group_id, as_of)
LEFT JOIN parts USING (scope, as_of, group_id)
ORDER BY scope, as_of, group_id
