-- Publishes a run: from here on its rows are what its metrics have on its days, days without rows included.
-- Reads: metric_days (the run's rows). Writes: windows, in scopes metric/VERSION.
-- Safe to re-run because a window is replaced by a younger one, and the same run says the same.
INSERT INTO windows (scope, day, run, started_at, complete_to, rows)
SELECT concat('metric/', metric), day, {run:UInt64}, fromUnixTimestamp64Micro({started:Int64}, 'UTC'), fromUnixTimestamp64Milli({complete_to:Int64}, 'UTC'), written
FROM (SELECT arrayJoin({metrics:Array(String)}) AS metric, toDate(arrayJoin(range({from:UInt16}, {to:UInt16} + 1))) AS day) AS grid
LEFT JOIN
(
    SELECT metric, day, count() AS written
    FROM metric_days
    WHERE metric IN {metrics:Array(String)} AND day BETWEEN toDate({from:UInt16}) AND toDate({to:UInt16}) AND run = {run:UInt64}
    GROUP BY metric, day
) AS rows_of USING (metric, day)
