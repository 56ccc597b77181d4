-- The newest version of each definition of a kind, or of the one named by id.
-- Reads: definitions. Safe to run at any time.
SELECT id, version, body, deleted, author, changed_at
FROM definitions
WHERE kind = {kind:String} AND ({id:String} = '' OR id = {id:String})
ORDER BY id, version DESC
LIMIT 1 BY id
