-- The same rows as clickhouse_events.sql and clickhouse_exposures.sql make.
CREATE TABLE events AS
SELECT 'buy' AS name, CAST(n * 7919 %% (%[1]d // 10) AS VARCHAR) AS user_id, to_timestamp(1767225600 + n %% 1209600) AS time, CAST(n %% 997 AS DOUBLE) AS value
FROM range(%[1]d) AS t(n);
CREATE TABLE exposures AS
SELECT 'exp' AS name, CAST(n AS VARCHAR) AS user_id, to_timestamp(1767225600 + n * 31 %% 604800) AS time, CASE WHEN n %% 2 = 0 THEN 'control' ELSE 'test' END AS rule
FROM range(%[1]d // 10) AS t(n);
