-- How many days tables keep their rows, as the engine has it; 0 for ever; and whether it compresses them again.
-- Reads: system.tables. Safe to run at any time.
SELECT name, toUInt32OrZero(extract(create_table_query, 'TTL [^\\n]*toIntervalDay\\((\\d+)\\)')) AS days, create_table_query LIKE '% RECOMPRESS %' AS packed
FROM system.tables
WHERE database = currentDatabase()
