-- Asks for work; the rollup room takes it up in its next cycle.
-- Writes: jobs. Safe to re-run because the newest row of an id counts.
INSERT INTO jobs (id, kind, state, author, from_day, to_day, metric, scopes, done, total, result, created_at, updated_at)
SELECT {id:String}, {kind:String}, 'waiting', {author:String}, {from:Date}, {to:Date}, {metric:String}, {scopes:Array(String)}, 0, 0, '', fromUnixTimestamp64Milli({at:Int64}, 'UTC'), now64(6)
