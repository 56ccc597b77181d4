-- One exposure of every unit, spread over the first three days.
INSERT INTO exposures (spool_id, batch_seq, position, day, time, received_time, kind, name, rule, message_id, user_id, environment)
SELECT 1, {seq:UInt64}, number, toDate(at), at, at, 'config', 'bench', if(cityHash64(number, 'group') % 2 = 0, 'control', 'test'), concat('x', toString(number)),
       concat('u', toString(number)), 'production'
FROM (SELECT number, toDateTime64('2024-01-08 00:00:00', 3, 'UTC') + toIntervalSecond(cityHash64(number, 'first') % 259200) AS at FROM numbers({from:UInt64}, {rows:UInt64}))
