-- clickhouse_scorecard.sql in DuckDB's dialect.
WITH x AS (SELECT user_id AS unit, any_value(rule) AS g, min(time) AS first FROM exposures WHERE name = 'exp' GROUP BY user_id),
u AS (
    SELECT x.unit, any_value(x.g) AS g, count(*) FILTER (e.time >= x.first) AS n, coalesce(sum(e.value) FILTER (e.time >= x.first), 0) AS v
    FROM x LEFT JOIN (SELECT * FROM events WHERE name = 'buy') e ON e.user_id = x.unit
    GROUP BY x.unit
),
l AS (SELECT g, concat(g, ' ', count(*), ' ', CAST(sum(n) AS UBIGINT), ' ', CAST(sum(n * n) AS UBIGINT), ' ', CAST(sum(v) AS UBIGINT), ' ', CAST(sum(v * v) AS UBIGINT)) AS line FROM u GROUP BY g)
SELECT string_agg(line, ';' ORDER BY g) FROM l
