-- Says how far a job is. One that was cancelled meanwhile stays so.
-- Reads and writes: jobs. Safe to re-run because the newest row of an id counts.
INSERT INTO jobs (id, kind, state, author, from_day, to_day, metric, scopes, done, total, result, created_at, updated_at)
SELECT {id:String}, {kind:String}, if((SELECT argMax(state, updated_at) FROM jobs WHERE id = {id:String}) = 'cancelled', 'cancelled', {state:String}), {author:String}, toDate({first_day:UInt16}), toDate({last_day:UInt16}), {metric:String}, {scopes:Array(String)},
       {done:UInt64}, {total:UInt64}, {result:String}, fromUnixTimestamp64Milli({created:Int64}, 'UTC'), now64(6)
