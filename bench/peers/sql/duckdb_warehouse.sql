-- One metric of a scorecard with CUPED over raw events, in GrowthBook's manner; bench/pulse/sql/warehouse.sql in DuckDB's dialect. Times are
-- milliseconds.
WITH exposed AS (
    SELECT user_id, any_value(rule) AS variation, min(ms) AS first_ms FROM exposures GROUP BY user_id HAVING count(DISTINCT rule) = 1
),
metric AS (
    SELECT user_id, ms, value FROM events WHERE name = ?
),
users AS (
    SELECT e.user_id, any_value(variation) AS variation,
           coalesce(sum(value) FILTER (ms >= first_ms), 0) AS y,
           coalesce(sum(value) FILTER (ms // 86400000 < first_ms // 86400000 AND ms // 86400000 >= first_ms // 86400000 - 7), 0) AS x
    FROM exposed e LEFT JOIN metric m ON m.user_id = e.user_id
    GROUP BY e.user_id
)
SELECT variation, CAST(count(*) AS DOUBLE), avg(y), var_samp(y), avg(x), var_samp(x), covar_samp(x, y) FROM users GROUP BY variation
