-- Moves watermarks: everything of the spool up to the load is in the tables that the job writes.
-- Writes: rollup_watermarks. Safe to re-run because the newest row of a (job, spool) counts.
INSERT INTO rollup_watermarks (job, spool_id, definition, batch_seq, received_to, updated_at)
SELECT job, {spool:UInt64}, definition, {to:UInt64}, fromUnixTimestamp64Milli({received_to:Int64}, 'UTC'), fromUnixTimestamp64Micro({at:Int64}, 'UTC')
FROM (SELECT 1)
ARRAY JOIN {jobs:Array(String)} AS job, {definitions:Array(UInt64)} AS definition
