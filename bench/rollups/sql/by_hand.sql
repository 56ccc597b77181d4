-- What one would write by hand for the 20 metrics of one experiment: one pass over the events, a sum for each metric, into a table that
-- is stored as ours.
-- Reads: events, first_exposures. Writes: by_hand.
INSERT INTO by_hand (scope, day, run, unit_id, since, numerator, denominator, items)
SELECT toString(m), day, 1, user_id, since, xs[m + 1], ys[m + 1], []
FROM
(
    SELECT day, user_id, toInt32(day) - toInt32(any(first_day)) AS since, groupBitOr(bits) AS had,
           toFloat64(countIf(name = 'event 1')) AS n1, toFloat64(countIf(name = 'event 2')) AS n2, toFloat64(countIf(name = 'event 3')) AS n3,
           sumIf(ifNull(value, 0), name = 'event 0') AS v0, sumIf(ifNull(value, 0), name = 'event 1') AS v1,
           [toFloat64(countIf(name = 'event 0')), n1, n2, n3, toFloat64(countIf(name = 'event 4')), toFloat64(countIf(name = 'event 5')),
            1., 1., 1., 1.,
            v0, v1, sumIf(ifNull(value, 0), name = 'event 2'), sumIf(ifNull(value, 0), name = 'event 3'), sumIf(ifNull(value, 0), name = 'event 4'),
            sumIf(items, name = 'event 1'), sumIf(items, name = 'event 2'), sumIf(items, name = 'event 3'),
            v0, v1] AS xs,
           [0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., n1, n2, n3, n2, n3] AS ys
    FROM
    (
        SELECT day, user_id, first_day, name, value, if(name IN ('event 1', 'event 2', 'event 3'), JSONExtractFloat(properties, 'cart', 'items'), 0) AS items,
               multiIf(name = 'event 0', 1 + 64 + isNotNull(value) * (1024 + 262144),
                       name = 'event 1', 2 + 128 + 32768 + isNotNull(value) * (2048 + 524288),
                       name = 'event 2', 4 + 256 + 65536 + 262144 + isNotNull(value) * 4096,
                       name = 'event 3', 8 + 512 + 131072 + 524288 + isNotNull(value) * 8192,
                       name = 'event 4', 16 + isNotNull(value) * 16384,
                       32) AS bits
        FROM events
        INNER JOIN (SELECT unit_id AS user_id, min(first_time) AS exposed_at, toDate(exposed_at) AS first_day FROM first_exposures WHERE experiment = {experiment:String} GROUP BY unit_id) AS exposed USING (user_id)
        WHERE (time >= exposed_at OR day BETWEEN first_day - 7 AND first_day - 1) AND name < 'event 6' AND environment = 'production'
          AND (spool_id, position) NOT IN (SELECT spool_id, position FROM duplicates)
    )
    GROUP BY day, user_id
)
ARRAY JOIN arrayFilter(n -> bitTest(had, n), range(20)) AS m
