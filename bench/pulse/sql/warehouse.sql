-- One metric of a scorecard with CUPED over raw events, in GrowthBook's manner: exposures, the metric's events, totals per user, moments.
WITH
    __exposures AS
    (
        SELECT user_id, any(rule) AS variation, min(time) AS first_time
        FROM exposures
        WHERE name = 'bench' AND environment = 'production'
        GROUP BY user_id
        HAVING uniqExact(rule) = 1
    ),
    __metric AS
    (
        SELECT user_id, time, value FROM events WHERE name = {name:String} AND environment = 'production' AND day BETWEEN '2024-01-01' AND '2024-01-21'
    ),
    __user AS
    (
        SELECT e.user_id, any(variation) AS variation,
               sumIf(ifNull(value, 0), time >= first_time) AS y,
               sumIf(ifNull(value, 0), toDate(time) < toDate(first_time) AND toDate(time) >= toDate(first_time) - 7) AS x
        FROM __exposures AS e
        LEFT JOIN __metric AS m ON m.user_id = e.user_id
        GROUP BY e.user_id
    )
SELECT variation, count() AS units, avg(y) AS mean_y, varSamp(y) AS var_y, avg(x) AS mean_x, varSamp(x) AS var_x, covarSamp(x, y) AS cov
FROM __user
GROUP BY variation
