-- What each event of some days adds to one metric for each of its units.
-- Reads: events, rollup_watermarks. Safe to run at any time.
-- raw: stands for raw.sql, term: for what the event adds (terms.go).
SELECT who.1 AS unit_type, who.2 AS unit, toUInt16(metric_day) AS at, toUnixTimestamp64Milli(time) AS ms, term.1 AS x, term.2 AS y, term.3 AS key
FROM
(
    SELECT *, CAST(NULL AS Nullable(DateTime64(3, 'UTC'))) AS exposed_at, /* term: */ (toNullable(1.), CAST(NULL AS Nullable(Float64)), toUInt64(0)) /* :term */ AS term
    FROM (/* raw: */ SELECT *, toDate(0) AS metric_day, [('', '')] AS units FROM events /* :raw */)
    WHERE NOT {any_event:Bool} OR audience = ''
)
ARRAY JOIN units AS who
WHERE isNotNull(x) OR isNotNull(y)
ORDER BY unit_type, unit, ms, key
