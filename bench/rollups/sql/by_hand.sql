-- What one would write by hand for the 20 metrics of one experiment: one pass over the events, a sum for each metric.
-- Reads: events, first_exposures. Writes: by_hand.
INSERT INTO by_hand (metric, day, unit_id, x, y)
SELECT m, day, user_id, xs[m + 1], ys[m + 1]
FROM
(
    SELECT day, user_id, groupBitOr(bits) AS had,
           arrayConcat(
               [countIf(name = 'event 0'), countIf(name = 'event 1'), countIf(name = 'event 2'), countIf(name = 'event 3'), countIf(name = 'event 4'), countIf(name = 'event 5')],
               [1, 1, 1, 1],
               [sumIf(ifNull(value, 0), name = 'event 0'), sumIf(ifNull(value, 0), name = 'event 1'), sumIf(ifNull(value, 0), name = 'event 2'), sumIf(ifNull(value, 0), name = 'event 3'), sumIf(ifNull(value, 0), name = 'event 4')],
               [sumIf(items, name = 'event 1'), sumIf(items, name = 'event 2'), sumIf(items, name = 'event 3')],
               [sumIf(ifNull(value, 0), name = 'event 0'), sumIf(ifNull(value, 0), name = 'event 1')]) AS xs,
           arrayConcat(arrayWithConstant(15, 0.), [countIf(name = 'event 1'), countIf(name = 'event 2'), countIf(name = 'event 3')], [countIf(name = 'event 2'), countIf(name = 'event 3')]) AS ys
    FROM
    (
        SELECT day, user_id, name, value, JSONExtractFloat(properties, 'cart', 'items') AS items,
               (name = 'event 0') + 2 * (name = 'event 1') + 4 * (name = 'event 2') + 8 * (name = 'event 3') + 16 * (name = 'event 4') + 32 * (name = 'event 5')
               + 64 * (name = 'event 0') + 128 * (name = 'event 1') + 256 * (name = 'event 2') + 512 * (name = 'event 3')
               + isNotNull(value) * (1024 * (name = 'event 0') + 2048 * (name = 'event 1') + 4096 * (name = 'event 2') + 8192 * (name = 'event 3') + 16384 * (name = 'event 4'))
               + 32768 * (name = 'event 1') + 65536 * (name = 'event 2') + 131072 * (name = 'event 3')
               + 262144 * (isNotNull(value) AND name = 'event 0' OR name = 'event 2') + 524288 * (isNotNull(value) AND name = 'event 1' OR name = 'event 3') AS bits
        FROM events
        INNER JOIN (SELECT unit_id AS user_id, min(first_time) AS exposed_at FROM first_exposures WHERE experiment = {experiment:String} GROUP BY unit_id) AS exposed USING (user_id)
        WHERE time >= exposed_at AND name < 'event 6' AND environment = 'production'
          AND (spool_id, position) NOT IN (SELECT spool_id, position FROM duplicates)
    )
    GROUP BY day, user_id
)
ARRAY JOIN arrayFilter(n -> bitTest(had, n), range(20)) AS m
