-- The loads that have calls of an audience.
-- Reads: events. Safe to run at any time.
SELECT spool_id, batch_seq, toUInt32(count()) AS rows
FROM events
WHERE audience != '' AND substring(audience, 2) = {key:String}
GROUP BY spool_id, batch_seq
ORDER BY spool_id, batch_seq
