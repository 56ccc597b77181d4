-- Who was erased, and up to which instant.
-- Reads: erasures. Safe to run at any time.
SELECT unit_type, lower(hex(id_hash)) AS id, toUnixTimestamp64Milli(max(erased_before)) AS before
FROM erasures
GROUP BY unit_type, id_hash
ORDER BY unit_type, id
