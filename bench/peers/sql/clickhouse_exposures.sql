-- One exposure of each unit, in the first week.
-- Writes: exposures.
INSERT INTO exposures (spool_id, batch_seq, position, day, time, received_time, source_kind, kind, name, rule, message_id, user_id, environment)
SELECT 1, 2, number, toDate(t), t, t, 'statsig', 'config', 'exp', if(number % 2 = 0, 'control', 'test'), toString(number), toString(number), 'production'
FROM (SELECT number, toDateTime64(1767225600 + number * 31 % 604800, 3, 'UTC') AS t FROM numbers(intDiv({rows:UInt64}, 10)))
