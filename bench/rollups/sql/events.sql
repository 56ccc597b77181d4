-- Random events: 8 names, the first the most frequent; units by a skewed draw; a quarter with a value; two properties.
-- Writes: events. A load's numbers are its positions, so the same load twice is the same rows.
INSERT INTO events (spool_id, batch_seq, position, day, time, received_time, source_kind, kind, name, message_id, user_id, anonymous_id, environment, value, properties)
WITH
    sipHash64(number, {seed:UInt64}) AS h,
    (h % 65536) / 65536 AS a, (intDiv(h, 65536) % 65536) / 65536 AS b, (intDiv(h, 4294967296) % 65536) / 65536 AS c,
    toDateTime64({from:UInt16} * 86400 + toUInt32({days:UInt16} * 86400 * c), 3, 'UTC') AS at,
    toUInt32({units:UInt32} * b * b) AS unit
SELECT 1, {seq:UInt64}, number, toDate(at), at, now64(3), 'segment', 'track', concat('event ', toString(toUInt8(8 * a * a))), concat('m', toString(number)),
       concat('user-', toString(unit)), concat('device-', toString(unit % 100000)), 'production', if(h % 4 = 0, (h % 1000) / 8, NULL),
       concat('{"cart":{"items":', toString(h % 9), '},"plan":"', ['free', 'pro', 'team'][h % 3 + 1], '"}')
FROM numbers({first:UInt64}, {count:UInt64})
