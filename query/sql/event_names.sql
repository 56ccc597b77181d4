-- The event names there are totals of, with their number, and whether they ever had a value.
-- Reads: event_days, windows: only rows of the newest published runs count. Safe to run at any time.
SELECT name, sum(events) AS total, sum(value_events) > 0 AS has_value
FROM event_days
WHERE unit_type = ''
  AND (day, run) IN (SELECT day, argMax(windows.run, (started_at, windows.run)) FROM windows WHERE scope = 'events' GROUP BY day)
GROUP BY name
ORDER BY total DESC, name
LIMIT {limit:UInt64}
