-- Orders to erase a unit, the newest first; of one ID, or ('') of any. An order delivered again is listed again.
-- Reads: erasures. Safe to run at any time.
SELECT unit_type, lower(hex(id_hash)) AS hash, erased_before, received_time, requested_by, message_id
FROM erasures
WHERE {id:String} = '' OR id_hash = SHA256({id:String})
ORDER BY received_time DESC, position DESC
LIMIT {limit:UInt64} OFFSET {offset:UInt64}
