-- How many loaded rows are further copies of a message that do not count, as far as the rollups have looked.
-- Reads: events, duplicates. Safe to run at any time.
SELECT toUnixTimestamp(toStartOfInterval(received_time, toIntervalSecond({step:UInt32}), toDateTime64('1970-01-01 00:00:00', 3, 'UTC'))) AS at,
       source, name, count() AS items
FROM events
WHERE received_time >= fromUnixTimestamp64Milli(1000 * {from:Int64}, 'UTC') AND received_time < fromUnixTimestamp64Milli(1000 * {to:Int64}, 'UTC')
  AND ({source:String} = '' OR source = {source:String})
  AND ({event:String} = '' OR name = {event:String})
  AND NOT (spool_id = {spool:UInt64} AND bitShiftRight(position, 20) > {landed:UInt64})
  AND (spool_id, position) IN
  (
      SELECT spool_id, position
      FROM duplicates
      WHERE day IN
      (
          SELECT DISTINCT day
          FROM events
          WHERE received_time >= fromUnixTimestamp64Milli(1000 * {from:Int64}, 'UTC')
            AND received_time < fromUnixTimestamp64Milli(1000 * {to:Int64}, 'UTC')
      )
  )
GROUP BY at, source, name
