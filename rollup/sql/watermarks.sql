-- How far each job has come with each spool's loads.
-- Reads: rollup_watermarks. Safe to run at any time.
SELECT job, spool_id, argMax(batch_seq, updated_at) AS batch_seq, argMax(definition, updated_at) AS definition,
       toUnixTimestamp64Milli(argMax(received_to, updated_at)) AS received_to
FROM rollup_watermarks
GROUP BY job, spool_id
ORDER BY job, spool_id
