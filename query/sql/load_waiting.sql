-- How many days of an experiment's metrics, of all or of some, have not been computed since an instant.
-- Reads: windows. Safe to run at any time.
SELECT countIf(started < fromUnixTimestamp64Micro({since:Int64}, 'UTC')) AS waiting
FROM
(
    SELECT scope, day, max(windows.started_at) AS started
    FROM windows
    WHERE startsWith(scope, concat({experiment:String}, '/')) AND (empty({scopes:Array(String)}) OR has({scopes:Array(String)}, scope)) AND day BETWEEN toDate({first:UInt16}) AND toDate({last:UInt16})
    GROUP BY scope, day
)
