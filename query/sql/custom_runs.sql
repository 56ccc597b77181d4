-- Runs of custom queries, the newest first: of one query, or ('') of all; in some states, or (none given) in any; at most so many of each.
-- Reads: custom_query_runs. Safe to run at any time.
SELECT query, id, state, author, toUnixTimestamp64Milli(created_at) AS created, toUnixTimestamp64Milli(started_at) AS started,
       toUnixTimestamp64Milli(finished_at) AS finished, error
FROM custom_query_runs FINAL
WHERE ({query:String} = '' OR query = {query:String}) AND (empty({states:Array(String)}) OR has({states:Array(String)}, state))
ORDER BY created_at DESC, id
LIMIT {each:UInt32} BY query
