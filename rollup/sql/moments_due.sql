-- The as-of days whose moments are not made of the runs that are published now, with a hash of those runs. The hash is what
-- is written beside the moments: whatever replaces a window, whenever it started, makes the moments due again.
-- Days before an experiment's first exposure have windows, for what its units did before, but no moments.
-- Reads: windows, moments, dirty_days. Safe to run at any time.
WITH
    (
        SELECT (groupArray(experiment), groupArray(first_day))
        FROM (SELECT dirty_days.scope AS experiment, min(day) AS first_day FROM dirty_days WHERE dirty_days.scope IN {experiments:Array(String)} GROUP BY experiment)
    ) AS first_days
SELECT toUInt32(indexOf({scopes:Array(String)}, scope)) AS place, toUInt16(as_of) AS due_day, published_runs
FROM
(
    SELECT scope, day AS as_of,
           groupBitXor(cityHash64(scope, day, published_run)) OVER (PARTITION BY scope ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS published_runs
    FROM
    (
        SELECT scope, day, argMax(run, (windows.started_at, run)) AS published_run
        FROM windows
        WHERE scope IN {scopes:Array(String)} AND toUInt16(day) <= {end_days:Array(UInt16)}[indexOf({scopes:Array(String)}, scope)]
        GROUP BY scope, day
    )
) AS published
LEFT JOIN
(
    SELECT scope, as_of, argMax(moments.runs, moments.started_at) AS taken_runs, count() AS blocks
    FROM moments
    WHERE scope IN {scopes:Array(String)} AND view = 'cumulative'
    GROUP BY scope, as_of
) AS known USING (scope, as_of)
WHERE (blocks = 0 OR taken_runs != published_runs)
  AND as_of >= transform({experiments:Array(String)}[indexOf({scopes:Array(String)}, scope)], first_days.1, first_days.2, toDate('2149-06-06'))
ORDER BY due_day, place
