-- Takes or prolongs the lease.
-- Writes: leases. Safe to re-run because the newest row counts.
INSERT INTO leases (job, owner, expires_at)
SELECT {job:String}, {owner:String}, now64(3) + toIntervalMillisecond({milliseconds:Int64})
