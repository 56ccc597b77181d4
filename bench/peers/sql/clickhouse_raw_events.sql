-- The events of the pulse suite, for another engine.
-- Reads: events.
SELECT name, user_id, toUnixTimestamp64Milli(time) AS ms, ifNull(value, 0) AS value FROM events WHERE environment = 'production'
