-- Units of a list, in or out, that are to be forgotten, and up to when.
-- Reads: erasures, idlist_members. Safe to run at any time.
WITH orders AS
(
    SELECT id_hash, max(erased_before) AS before FROM erasures WHERE unit_type IN ({types:Array(String)}) GROUP BY id_hash
)
SELECT unit_id, toUnixTimestamp64Milli(any(orders.before)) AS before
FROM idlist_members AS m
INNER JOIN orders ON orders.id_hash = SHA256(m.unit_id)
WHERE epoch = {epoch:UInt64} AND hash IN (SELECT left(base64Encode(id_hash::String), 8)::FixedString(8) FROM orders) AND time <= orders.before
GROUP BY unit_id
ORDER BY unit_id
