-- Every unit sees every experiment, on one of the first days.
-- Writes: exposures.
INSERT INTO exposures (spool_id, batch_seq, position, day, time, received_time, name, rule, user_id, environment)
WITH sipHash64(number, x) AS h, toDateTime64({from:UInt16} * 86400 + h % (10 * 86400), 3, 'UTC') AS at
SELECT 1, {seq:UInt64}, {first:UInt64} + number * 16 + x, toDate(at), at, now64(3), concat('experiment ', toString(x)), ['control', 'test'][h % 2 + 1], concat('user-', toString(number)), 'production'
FROM numbers({units:UInt64})
ARRAY JOIN range({experiments:UInt8}) AS x
