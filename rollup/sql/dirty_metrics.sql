-- The days that each metric scope (metric/metric version) has to compute again, among the days that ever had an event.
-- Reads: dirty_days, windows. Safe to run at any time.
SELECT place, toUInt16(day) AS dirty_day
FROM
(
    SELECT day, max(marked_at) AS at, toUInt32(arrayJoin(arrayEnumerate({scopes:Array(String)}))) AS place, {scopes:Array(String)}[place] AS scope
    FROM dirty_days
    WHERE dirty_days.scope = ''
    GROUP BY day
) AS grid
LEFT JOIN (SELECT scope, day, max(windows.started_at) AS started FROM windows WHERE scope IN {scopes:Array(String)} GROUP BY scope, day) AS published USING (scope, day)
WHERE at >= started
ORDER BY dirty_day, place
