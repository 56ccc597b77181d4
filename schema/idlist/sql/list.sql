-- A page of those who are in a list, in the order of their IDs' hashes.
-- Reads: idlist_members. Safe to run at any time.
SELECT unit_id, argMax(member, version) AS member, toUnixTimestamp64Milli(argMax(time, version)) AS since
FROM idlist_members
WHERE epoch = {epoch:UInt64}
GROUP BY hash, unit_id
HAVING member
ORDER BY hash, unit_id
LIMIT {limit:UInt64} OFFSET {offset:UInt64}
