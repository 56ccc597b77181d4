-- The published lists.
-- Reads: idlists. Safe to run at any time.
SELECT list, epoch, file, toUnixTimestamp64Milli(created_at) AS created, toUnixTimestamp64Milli(floor) AS floor_ms, lines, count, version,
       toUnixTimestamp64Milli(changed_at) AS changed, deleted
FROM idlists
ORDER BY list, version DESC
LIMIT 1 BY list
