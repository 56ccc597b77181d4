-- The audience calls of some loads, of one audience or of all.
-- Reads: events. Safe to run at any time.
SELECT spool_id, batch_seq, audience::String AS audience, toUnixTimestamp64Milli(time) AS at, user_id, anonymous_id, group_id, unit_ids
FROM events
WHERE spool_id = {spool:UInt64} AND batch_seq BETWEEN {from:UInt64} AND {to:UInt64} AND events.audience != ''
  AND ({key:String} = '' OR substring(events.audience, 2) = {key:String})
