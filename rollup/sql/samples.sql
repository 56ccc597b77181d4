-- Stored events that a metric takes, the newest first, with what each adds. Copies that do not count are left out.
-- Reads: events, duplicates. Safe to run at any time.
-- term: stands for the metric's tuple (terms.go).
SELECT time, toString(name) AS name, user_id, anonymous_id, unit_ids, message_id, properties, term.1 AS x, term.2 AS y
FROM
(
    SELECT *, CAST(NULL AS Nullable(DateTime64(3, 'UTC'))) AS exposed_at,
           /* term: */ (toNullable(1.), CAST(NULL AS Nullable(Float64)), toUInt64(0)) /* :term */ AS term
    FROM events
    WHERE ({any_event:Bool} AND audience = '' OR name IN {events:Array(String)}) AND environment = 'production' AND day >= toDate({since:UInt16})
      AND (spool_id, position) NOT IN (SELECT spool_id, position FROM duplicates WHERE day >= toDate({since:UInt16}))
)
WHERE isNotNull(x) OR isNotNull(y)
ORDER BY time DESC
LIMIT {limit:UInt64}
