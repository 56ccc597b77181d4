-- The ledger's lines in steps of time. What is in flight is known to the server itself: lines of its spool behind the last record
-- that has landed are left out here, so that nothing is counted twice.
-- Reads: ledger. Safe to run at any time.
SELECT toUnixTimestamp(toStartOfInterval(minute, toIntervalSecond({step:UInt32}), toDateTime('1970-01-01 00:00:00', 'UTC'))) AS at,
       source, name, fate, reason, sum(items) AS items
FROM ledger FINAL
WHERE minute >= toDateTime({from:Int64}, 'UTC') AND minute < toDateTime({to:Int64}, 'UTC')
  AND ({source:String} = '' OR source = {source:String})
  AND ({event:String} = '' OR name = {event:String})
  AND NOT (spool_id = {spool:UInt64} AND cut > {landed:UInt64})
GROUP BY at, source, name, fate, reason
