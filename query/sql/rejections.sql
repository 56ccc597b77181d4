-- Samples of rejected items, newest first.
-- Reads: rejections. Safe to run at any time; a sample written twice comes once.
SELECT received_time, source, name, reason, message, offset, body
FROM rejections FINAL
WHERE received_time >= fromUnixTimestamp64Milli(1000 * {from:Int64}, 'UTC') AND received_time < fromUnixTimestamp64Milli(1000 * {to:Int64}, 'UTC')
  AND ({source:String} = '' OR source = {source:String})
  AND ({event:String} = '' OR name = {event:String})
  AND ({reason:String} = '' OR reason = {reason:String})
ORDER BY received_time DESC, position DESC
LIMIT {limit:UInt64} OFFSET {offset:UInt64}
