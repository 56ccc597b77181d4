-- How far a destination is.
-- Reads: forward_states. Safe to run at any time.
SELECT spools, batches, positions, changed_at, change, sent, failed, skipped, retries, status, problem, problem_at, retry_at, sent_to
FROM forward_states
WHERE destination = {destination:String} AND replay = {replay:UInt32}
ORDER BY updated_at DESC
LIMIT 1
