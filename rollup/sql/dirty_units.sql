-- The days that each scope (experiment version/metric version) has to compute again: from some days before its experiment's
-- first marked day, which is that of its first exposure, to the last day with data or the experiment's end. A day without a
-- window has started in 1970, so that any day without one is dirty, marked or not. A mark that speaks only of what newly exposed
-- units did before (scope EXPERIMENT@RUN<) makes a day dirty when its window is older than {rested}, and early when nothing else does; one of a scope is that scope's alone. Marks of a job
-- that runs count for its target.
-- Reads: dirty_days, windows. Safe to run at any time.
WITH
    marks AS (SELECT transform(scope, {jobs:Array(String)}, {targets:Array(String)}, scope) AS experiment, day, max(marked_at) AS at FROM dirty_days GROUP BY experiment, day),
    bounds AS
    (
        SELECT experiment, toUInt16(min(day)) AS first_day, greatest(toUInt16(max(day)), (SELECT toUInt16(max(day)) FROM marks WHERE experiment = '')) AS last_day
        FROM marks
        WHERE experiment IN {experiments:Array(String)}
        GROUP BY experiment
    ),
    wanted AS
    (
        SELECT place, scope, experiment, end_day, before
        FROM (SELECT 1)
        ARRAY JOIN {scopes:Array(String)} AS scope, {experiments:Array(String)} AS experiment, {end_days:Array(UInt16)} AS end_day, {early_days:Array(UInt16)} AS before,
                   arrayMap(place -> toUInt32(place), arrayEnumerate({scopes:Array(String)})) AS place
    ),
    grid AS
    (
        SELECT place, scope, experiment, toDate(arrayJoin(range(first_day - before, least(last_day, end_day) + 1))) AS day
        FROM wanted
        INNER JOIN bounds USING (experiment)
    )
SELECT place, toUInt16(day) AS dirty_day, greatest(own_at, alone_at, any_at) < started AS early, toUnixTimestamp64Micro(started) AS since
FROM grid
LEFT JOIN (SELECT scope, day, max(windows.started_at) AS started FROM windows WHERE scope IN {scopes:Array(String)} GROUP BY scope, day) AS published USING (scope, day)
LEFT JOIN (SELECT experiment, day, at AS own_at FROM marks) AS own USING (experiment, day)
LEFT JOIN (SELECT substring(experiment, 1, length(experiment) - 1) AS experiment, day, at AS early_at FROM marks WHERE endsWith(marks.experiment, '<')) AS early USING (experiment, day)
LEFT JOIN (SELECT experiment AS scope, day, at AS alone_at FROM marks) AS alone USING (scope, day)
LEFT JOIN (SELECT day, at AS any_at FROM marks WHERE experiment = '') AS everything USING (day)
WHERE greatest(own_at, alone_at, any_at) >= started OR early_at >= started AND started <= fromUnixTimestamp64Micro({rested:Int64}, 'UTC')
ORDER BY dirty_day, place
