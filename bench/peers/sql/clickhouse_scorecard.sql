-- A warehouse-native scorecard of one count and one sum: units, Σx, Σx² of both per group.
-- Reads: exposures, events.
SELECT arrayStringConcat(groupArray(line), ';')
FROM
(
    SELECT concat(g, ' ', toString(count()), ' ', toString(toUInt64(sum(n))), ' ', toString(toUInt64(sum(n * n))), ' ', toString(toUInt64(sum(v))), ' ', toString(toUInt64(sum(v * v)))) AS line
    FROM
    (
        SELECT x.unit, any(x.g) AS g, countIf(e.at >= x.first) AS n, sumIf(e.value, e.at >= x.first) AS v
        FROM (SELECT user_id AS unit, any(rule) AS g, min(time) AS first FROM exposures WHERE name = 'exp' GROUP BY user_id) AS x
        LEFT JOIN (SELECT user_id, time AS at, assumeNotNull(value) AS value FROM events WHERE name = 'buy') AS e ON e.user_id = x.unit
        GROUP BY x.unit
    )
    GROUP BY g
    ORDER BY g
)
