-- Events of 20 names with values, from a week before to 14 days after the first exposures, of random units.
INSERT INTO events (spool_id, batch_seq, position, day, time, received_time, kind, name, event, message_id, user_id, value, environment, properties)
SELECT 1, {seq:UInt64}, number, toDate(at), at, at, 'track', name, name, concat('m', toString(number)),
       concat('u', toString(cityHash64(number, 'unit') % {units:UInt64})), (cityHash64(number, 'value') % 10000) / 100, 'production', '{"plan":"pro"}'
FROM
(
    SELECT number, concat('e', toString(cityHash64(number, 'name') % 20)) AS name,
           toDateTime64('2024-01-01 00:00:00', 3, 'UTC') + toIntervalSecond(cityHash64(number, 'time') % 1814400) AS at
    FROM numbers({from:UInt64}, {rows:UInt64})
)
