-- Stored events, those received last first, duplicates left out; of one name, or ('') of any.
-- Reads: events of this and the last month of receipt, duplicates. Safe to run at any time.
SELECT time, name, source_kind, ifNull(toString(value), '') AS value, user_id, anonymous_id, unit_ids, message_id, environment, received_time, properties
FROM events
WHERE ({name:String} = '' OR name = {name:String})
  AND toYYYYMM(received_time) >= toYYYYMM(now() - INTERVAL 31 DAY)
  AND (spool_id, position) NOT IN (SELECT spool_id, position FROM duplicates)
ORDER BY received_time DESC, position DESC
LIMIT {limit:UInt64} OFFSET {offset:UInt64}
