-- Notes a run of a custom query, or how far it is.
-- Writes: custom_query_runs. Safe to re-run because a row is replaced by its key.
INSERT INTO custom_query_runs (query, id, state, author, created_at, started_at, finished_at, error, parts)
SELECT {query:String}, {id:String}, {state:String}, {author:String}, fromUnixTimestamp64Milli({created:Int64}, 'UTC'),
       fromUnixTimestamp64Milli({started:Int64}, 'UTC'), fromUnixTimestamp64Milli({finished:Int64}, 'UTC'), {error:String}, {parts:UInt32}
