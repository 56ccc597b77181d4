-- Takes or prolongs the lease.
-- Writes: rollup_leases. Safe to re-run because the newest row counts.
INSERT INTO rollup_leases (job, owner, expires_at)
SELECT {job:String}, {owner:String}, now64(3) + toIntervalMillisecond({milliseconds:Int64})
