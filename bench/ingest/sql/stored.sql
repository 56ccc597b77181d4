-- Bytes that the table takes on disk. Reads: system.parts. Safe to run at any time.
SELECT sum(data_compressed_bytes) FROM system.parts WHERE active AND database = currentDatabase() AND table = 'events'
