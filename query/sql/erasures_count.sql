-- How many orders to erase there are; of one ID, or ('') of any.
-- Reads: erasures. Safe to run at any time.
SELECT count()
FROM erasures
WHERE {id:String} = '' OR id_hash = SHA256({id:String})
