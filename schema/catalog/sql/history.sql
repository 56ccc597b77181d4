-- All versions of one definition, the newest first.
-- Reads: definitions. Safe to run at any time.
SELECT id, version, body, deleted, author, changed_at
FROM definitions
WHERE kind = {kind:String} AND id = {id:String}
ORDER BY version DESC
LIMIT 1 BY version
