-- Writes how far a destination is: cursor and counts together.
-- Writes: forward_states. Safe to re-run because the newest row counts.
INSERT INTO forward_states (destination, replay, spools, batches, positions, changed_at, change, sent, failed, skipped, retries, status,
                            problem, problem_at, retry_at, sent_to)
SELECT {destination:String}, {replay:UInt32}, {spools:Array(UInt64)}, {batches:Array(UInt64)}, {positions:Array(UInt64)},
       {changed_at:Int64}, {change:UInt64}, {sent:UInt64}, {failed:UInt64}, {skipped:UInt64}, {retries:UInt64}, {status:String},
       {problem:String}, {problem_at:DateTime64(3, 'UTC')}, {retry_at:DateTime64(3, 'UTC')}, {sent_to:DateTime64(3, 'UTC')}
