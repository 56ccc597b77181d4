-- The oracle: what every metric of everyType is, the plain and slow way, over two views that share nothing with the rollups:
--
--   base   one row a message that counts: the earliest copy, of production
--   plain  one row a message and unit: (day, at, name, value, items, item, unit_type, unit); day is the metric day
--
-- A section gives (day, unit_type, unit, x, y, n): what a unit has on a day, and of how many events.

-- count
SELECT day, unit_type, unit, count() AS x, 0 AS y, count() AS n FROM plain WHERE name = 'buy' OR name = 'view' AND value > 50 GROUP BY day, unit_type, unit

-- capped
SELECT day, unit_type, unit, least(count(), 2) AS x, 0 AS y, count() AS n FROM plain WHERE name = 'buy' GROUP BY day, unit_type, unit

-- users
SELECT day, unit_type, unit, 1 AS x, 0 AS y, count() AS n FROM plain GROUP BY day, unit_type, unit

-- sum
SELECT day, unit_type, unit, least(sum(value), 60) AS x, 0 AS y, count() AS n FROM plain WHERE name = 'buy' AND value IS NOT NULL GROUP BY day, unit_type, unit

-- mean
SELECT day, unit_type, unit, sum(items) AS x, count() AS y, count() AS n FROM plain WHERE name = 'buy' AND items IS NOT NULL GROUP BY day, unit_type, unit

-- ratio
SELECT day, unit_type, unit, ifNull(sumIf(value, name = 'buy'), 0) AS x, countIf(name = 'view') AS y, count() AS n
FROM plain WHERE name = 'buy' AND value IS NOT NULL OR name = 'view' GROUP BY day, unit_type, unit

-- min
SELECT day, unit_type, unit, min(value) AS x, 1 AS y, count() AS n FROM plain WHERE name = 'buy' AND value IS NOT NULL GROUP BY day, unit_type, unit

-- max
SELECT day, unit_type, unit, max(value) AS x, 1 AS y, count() AS n FROM plain WHERE name = 'buy' AND value IS NOT NULL GROUP BY day, unit_type, unit

-- first
SELECT day, unit_type, unit, any(value) AS x, 1 AS y, any(of_day) AS n
FROM
(
    SELECT day, unit_type, unit, value, row_number() OVER (PARTITION BY day, unit_type, unit ORDER BY at, value) AS nth, count() OVER (PARTITION BY day, unit_type, unit) AS of_day
    FROM plain WHERE name = 'buy' AND value IS NOT NULL
)
WHERE nth = 1 GROUP BY day, unit_type, unit

-- latest
SELECT day, unit_type, unit, any(value) AS x, 1 AS y, any(of_day) AS n
FROM
(
    SELECT day, unit_type, unit, value, row_number() OVER (PARTITION BY day, unit_type, unit ORDER BY at DESC, value DESC) AS nth, count() OVER (PARTITION BY day, unit_type, unit) AS of_day
    FROM plain WHERE name = 'buy' AND value IS NOT NULL
)
WHERE nth = 1 GROUP BY day, unit_type, unit

-- distinct
SELECT day, unit_type, unit, uniqExact(text) AS x, 0 AS y, count() AS n
FROM (SELECT day, unit_type, unit, if(name = 'buy', item, toString(value)) AS text FROM plain WHERE name = 'buy' AND item IS NOT NULL OR name = 'view' AND value IS NOT NULL)
GROUP BY day, unit_type, unit

-- p50
SELECT day, unit_type, unit, sum(value) AS x, 0 AS y, count() AS n FROM plain WHERE name = 'buy' AND value IS NOT NULL GROUP BY day, unit_type, unit

-- p90
SELECT day, unit_type, unit, sum(value) AS x, 0 AS y, count() AS n FROM plain WHERE name = 'buy' AND value IS NOT NULL GROUP BY day, unit_type, unit

-- any users
SELECT day, unit_type, unit, countIf(name = 'other') > 0 AND countIf(name = 'view') > 0 AND countIf(name = 'buy') > 0 AS x, countIf(name = 'other') > 0 AS y, count() AS n
FROM plain WHERE name IN ('other', 'view', 'buy') GROUP BY day, unit_type, unit

-- any events
SELECT day, unit_type, unit, least(countIf(name = 'view'), countIf(name = 'buy')) AS x, countIf(name = 'view') AS y, count() AS n
FROM plain WHERE name IN ('view', 'buy') GROUP BY day, unit_type, unit

-- ordered users
SELECT day, unit_type, unit, (day, unit_type, unit) IN
       (
           SELECT v.day, v.unit_type, v.unit FROM plain AS v, plain AS a, plain AS b
           WHERE v.name = 'view' AND b.name = 'buy' AND a.day = v.day AND b.day = v.day AND a.unit_type = v.unit_type AND b.unit_type = v.unit_type
             AND a.unit = v.unit AND b.unit = v.unit AND v.at < a.at AND a.at < b.at
       ) AS x, countIf(name = 'view') > 0 AS y, count() AS n
FROM plain GROUP BY day, unit_type, unit

-- ordered events: of buys, those are left over that had more buys than views before them
SELECT day, unit_type, unit, countIf(name = 'buy') - greatest(max(ahead), 0) AS x, countIf(name = 'view') AS y, count() AS n
FROM
(
    SELECT day, unit_type, unit, name, sum(if(name = 'buy', 1, -1)) OVER (PARTITION BY day, unit_type, unit ORDER BY at ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS ahead
    FROM plain WHERE name IN ('view', 'buy')
)
GROUP BY day, unit_type, unit

-- back: who bought three days before, and viewed on the day or the day before it
SELECT day, unit_type, unit, (day, unit_type, unit) IN
       (SELECT toDate(toUInt16(day) + arrayJoin([0, 1])), unit_type, unit FROM plain WHERE name = 'view') AS x, 1 AS y, 0 AS n
FROM (SELECT DISTINCT toDate(toUInt16(day) + 3) AS day, unit_type, unit FROM plain WHERE name = 'buy')

-- long users
SELECT day, unit_type, unit, (day, unit_type, unit) IN
       (
           SELECT v.day, v.unit_type, v.unit FROM plain AS v, plain AS o, plain AS b
           WHERE v.name = 'view' AND o.name = 'other' AND b.name = 'buy' AND o.unit_type = v.unit_type AND b.unit_type = v.unit_type AND o.unit = v.unit AND b.unit = v.unit
             AND v.at < o.at AND o.at < b.at AND b.at <= v.at + toIntervalMillisecond(1.3 * 86400000)
       ) AS x, 1 AS y, 0 AS n
FROM plain WHERE name = 'view' GROUP BY day, unit_type, unit

-- near users
SELECT day, unit_type, unit, (day, unit_type, unit) IN
       (
           SELECT v.day, v.unit_type, v.unit FROM plain AS v, plain AS b
           WHERE v.name = 'view' AND b.name = 'buy' AND b.unit_type = v.unit_type AND b.unit = v.unit AND abs(dateDiff('millisecond', v.at, b.at)) <= 0.2 * 86400000
       ) AS x, 1 AS y, 0 AS n
FROM plain WHERE name = 'view' GROUP BY day, unit_type, unit
