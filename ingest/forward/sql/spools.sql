-- Where to begin in each spool: its first load that may hold something received since then. A load's received_to is up to a second
-- earlier than its last receipt.
-- Reads: loads. Safe to run at any time.
SELECT spool_id, min(batch_seq) AS first_batch
FROM loads
WHERE received_to >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') - INTERVAL 2 SECOND
GROUP BY spool_id
ORDER BY spool_id
