-- Loads of events that have not been looked at for audience calls.
-- Reads: loads. Safe to run at any time.
WITH {done:Array(Tuple(UInt64, UInt64))} AS done
SELECT spool_id, batch_seq, any(rows) AS rows
FROM loads
WHERE table = 'events' AND NOT arrayExists(d -> d.1 = spool_id AND batch_seq <= d.2, done)
GROUP BY spool_id, batch_seq
ORDER BY spool_id, batch_seq
LIMIT 1000
