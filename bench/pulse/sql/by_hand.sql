-- What somebody who knows ClickHouse would write for a whole scorecard with one filter: one scan, moments of all metrics.
SELECT name, variation, count() AS p, sum(y) AS total, varPopStable(y) AS var_y, varPopStable(x) AS var_x, covarPopStable(x, y) AS cov
FROM
(
    SELECT name, user_id, any(variation) AS variation, sumIf(value, time >= first_time) AS y, sumIf(value, toDate(time) < toDate(first_time)) AS x
    FROM (SELECT name, user_id, time, value FROM events WHERE value > 50 AND environment = 'production' AND day BETWEEN '2024-01-01' AND '2024-01-21' AND startsWith(name, 'e')) AS m
    INNER JOIN
    (
        SELECT user_id, any(rule) AS variation, min(time) AS first_time
        FROM exposures
        WHERE name = 'bench' AND environment = 'production'
        GROUP BY user_id
        HAVING uniqExact(rule) = 1
    ) AS e USING (user_id)
    WHERE time >= first_time OR toDate(time) < toDate(first_time) AND toDate(time) >= toDate(first_time) - 7
    GROUP BY name, user_id
)
GROUP BY name, variation
