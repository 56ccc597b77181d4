-- Jobs that are not finished, the oldest first.
-- Reads: jobs. Safe to run at any time.
SELECT id, kind, state, author, toUInt16(from_day) AS first_day, toUInt16(to_day) AS last_day, metric, scopes, done, total, result, toUnixTimestamp64Milli(created_at) AS created
FROM (SELECT * FROM jobs ORDER BY updated_at DESC LIMIT 1 BY id)
WHERE state IN ('waiting', 'running')
ORDER BY created, id
