-- The newest version of each definition of some kinds that was changed since an instant.
-- Reads: definitions. Safe to run at any time.
SELECT kind, id, version, body, deleted, author, changed_at
FROM definitions
WHERE kind IN {kinds:Array(String)} AND changed_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')
ORDER BY kind, id, version DESC
LIMIT 1 BY kind, id
