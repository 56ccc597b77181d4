-- Who holds the lease, "" when it is free.
-- Reads: leases. Safe to run at any time.
SELECT if(max(expires_at) > now64(3) OR count() = 0, argMax(owner, written_at), '')
FROM (SELECT owner, expires_at, written_at FROM leases WHERE job = {job:String} ORDER BY written_at DESC LIMIT 1)
