-- The claim to write ID lists that counts: the oldest that has not run out.
-- Reads: idlist_leases. Safe to run at any time.
SELECT owner, toUnixTimestamp64Micro(since) AS since_us, name
FROM (SELECT * FROM idlist_leases ORDER BY owner, written_at DESC LIMIT 1 BY owner)
WHERE expires_at > now64(3)
ORDER BY since, owner
LIMIT 1
