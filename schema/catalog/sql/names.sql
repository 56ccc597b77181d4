-- The ids of all definitions but those of some kinds, deleted ones included.
-- Reads: definitions. Safe to run at any time.
SELECT DISTINCT id
FROM definitions
WHERE kind NOT IN {not:Array(String)}
ORDER BY id
