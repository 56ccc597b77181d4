-- Publishes a run: from here on its rows are what its scopes have on its days, days without rows included.
-- Reads: unit_days (the run's rows). Writes: windows.
-- Rows are counted in the order in which they lie, a quarter of the time of a hash table's.
-- Safe to re-run because a window is replaced by a younger one, and the same run says the same.
INSERT INTO windows (scope, day, run, started_at, complete_to, rows)
SELECT scope, day, {run:UInt64}, fromUnixTimestamp64Micro({started:Int64}, 'UTC'), fromUnixTimestamp64Milli({complete_to:Int64}, 'UTC'), written
FROM (SELECT arrayJoin({scopes:Array(String)}) AS scope, toDate(arrayJoin(range({from:UInt16}, {to:UInt16} + 1))) AS day) AS grid
LEFT JOIN
(
    SELECT scope, day, count() AS written
    FROM unit_days
    WHERE scope IN {scopes:Array(String)} AND day BETWEEN toDate({from:UInt16}) AND toDate({to:UInt16}) AND run = {run:UInt64}
    GROUP BY scope, day
) AS rows_of USING (scope, day)
SETTINGS optimize_aggregation_in_order = 1
