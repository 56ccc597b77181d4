-- Events that any engine can make alike: row n is of unit n % units, at second n of its day, with a value in whole cents.
-- Writes: events.
INSERT INTO events (spool_id, batch_seq, position, day, time, received_time, source_kind, kind, name, event, message_id, user_id, value, environment)
SELECT 1, 1, number, toDate(t), t, t, 'statsig', 'log_event', 'buy', 'buy', toString(number), toString(number * 7919 % intDiv({rows:UInt64}, 10)), number % 997, 'production'
FROM (SELECT number, toDateTime64(1767225600 + number % 1209600, 3, 'UTC') AS t FROM numbers({rows:UInt64}))
