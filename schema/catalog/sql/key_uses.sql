-- When each key was used last, by any server.
-- Reads: key_uses. Safe to run at any time.
SELECT key_id, toUnixTimestamp64Milli(max(used_at)) AS used FROM key_uses GROUP BY key_id
