-- Jobs as they are, the newest first, or one.
-- Reads: jobs. Safe to run at any time.
SELECT id, kind, state, author, toString(from_day) AS first_day, toString(to_day) AS last_day, metric, done, total, result,
       toUnixTimestamp64Milli(created_at) AS created, toUnixTimestamp64Milli(updated_at) AS updated
FROM (SELECT * FROM jobs WHERE {id:String} = '' OR id = {id:String} ORDER BY updated_at DESC LIMIT 1 BY id)
ORDER BY created DESC, id
LIMIT 1000
