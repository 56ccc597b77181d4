-- The days that each scope has to compute again, of those between the first and the last that ever had an event. A scope whose
-- days are made of others too, up to {back} before and {ahead} after, has as many to compute around a mark. Marks of scope ''
-- are everybody's, others that scope's alone; those of a job that runs count for its target. A scope whose first computation was cancelled
-- is held: of that job's days, those that have no window are dirty when they were marked since.
-- Reads: dirty_days, windows, jobs. Safe to run at any time.
WITH
    marks AS
    (
        SELECT transform(scope, {jobs:Array(String)}, {targets:Array(String)}, scope) AS marked_scope, toUInt32(toUInt16(day)) AS marked, max(marked_at) AS at
        FROM dirty_days
        WHERE marked_scope IN arrayPushBack({scopes:Array(String)}, '')
        GROUP BY marked_scope, day
    ),
    (SELECT min(marked) FROM marks WHERE marked_scope = '') AS first_day, (SELECT max(marked) FROM marks WHERE marked_scope = '') AS last_day,
    held AS
    (
        SELECT scope, toDate(arrayJoin(range(greatest(from_day, first_day), toUInt32(least(to_day, last_day) + 1)))) AS day, max(at) AS held_at
        FROM
        (
            SELECT scopes[1] AS scope, toUInt32(toUInt16(from_day)) AS from_day, toUInt32(toUInt16(to_day)) AS to_day, updated_at AS at
            FROM (SELECT * FROM jobs WHERE kind = 'rollup' AND metric != '' ORDER BY updated_at DESC LIMIT 1 BY id)
            WHERE state = 'cancelled' AND scope IN {scopes:Array(String)}
        )
        GROUP BY scope, day
    )
SELECT place, toUInt16(day) AS dirty_day
FROM
(
    SELECT place, scope, toDate(arrayJoin(range(
               greatest(first_day, toUInt32(marked - least(marked, ahead))), toUInt32(least(last_day, marked + back) + 1)))) AS day, max(at) AS at
    FROM marks
    CROSS JOIN
    (
        SELECT place, scope, back, ahead
        FROM (SELECT 1)
        ARRAY JOIN {scopes:Array(String)} AS scope, {back:Array(UInt16)} AS back, {ahead:Array(UInt16)} AS ahead,
                   arrayMap(place -> toUInt32(place), arrayEnumerate({scopes:Array(String)})) AS place
    ) AS wanted
    WHERE marked_scope IN ('', scope)
    GROUP BY place, scope, day
) AS grid
LEFT JOIN (SELECT scope, day, max(windows.started_at) AS started FROM windows WHERE scope IN {scopes:Array(String)} GROUP BY scope, day) AS published USING (scope, day)
LEFT JOIN held USING (scope, day)
WHERE at >= if(toUnixTimestamp(started) = 0, held_at, started)
ORDER BY dirty_day, place
