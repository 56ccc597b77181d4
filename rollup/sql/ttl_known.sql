-- How many days tables keep their rows, as the engine has it; 0 for ever.
-- Reads: system.tables. Safe to run at any time.
SELECT name, toUInt32OrZero(extract(create_table_query, 'TTL [^\\n]*toIntervalDay\\((\\d+)\\)')) AS days
FROM system.tables
WHERE database = currentDatabase()
