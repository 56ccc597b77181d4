-- How far the audience calls of each spool are.
-- Reads: audience_progress. Safe to run at any time.
SELECT spool_id, argMax(batch_seq, updated_at) AS batch_seq, toUInt32(0) AS rows
FROM audience_progress
GROUP BY spool_id
