-- Notes loads as done.
-- Writes: audience_progress. Safe to re-run because the newest row counts.
INSERT INTO audience_progress (spool_id, batch_seq) SELECT {spool:UInt64}, {batch:UInt64}
