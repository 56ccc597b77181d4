-- Cancels a job, or lets it go on: one that was never taken up waits again.
-- Reads and writes: jobs. Safe to re-run because the newest row of an id counts.
INSERT INTO jobs (id, kind, state, author, from_day, to_day, metric, scopes, done, total, result, created_at, updated_at)
SELECT id, kind, if({state:String} = 'running' AND total = 0, 'waiting', {state:String}), author, from_day, to_day, metric, scopes, done, total,
       if(kind = 'verify', result, ''), created_at, now64(6)
FROM jobs
WHERE id = {id:String}
ORDER BY updated_at DESC
LIMIT 1
