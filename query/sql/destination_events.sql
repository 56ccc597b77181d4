-- The custom events of the last month and how many came in the last day; those that came in Segment's format only where they may be sent.
-- Reads: events. Safe to run at any time.
SELECT name, countIf(received_time >= now() - INTERVAL 1 DAY) AS last_day
FROM events
WHERE received_time >= now() - INTERVAL 30 DAY AND ({segment:Bool} OR source_kind != 'segment')
GROUP BY name
ORDER BY name
