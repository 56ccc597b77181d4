-- What a destination refused for good, the last first.
-- Reads: forward_failures. Safe to run at any time.
SELECT failed_at, origin, message_id, name, reason, detail, sample
FROM forward_failures FINAL
WHERE destination = {destination:String}
ORDER BY failed_at DESC, origin, spool_id, position DESC
LIMIT {limit:UInt64} OFFSET {offset:UInt64}
