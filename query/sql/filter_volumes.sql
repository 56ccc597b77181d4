-- The event names that came from a source in 30 days, with what became of them in the last day.
-- Reads: ledger. Safe to run at any time.
SELECT name,
       sumIf(items, minute >= toDateTime({now:Int64} - 86400, 'UTC')) AS last_day,
       sumIf(items, fate = 'filtered' AND minute >= toDateTime({now:Int64} - 86400, 'UTC')) AS filtered_last_day,
       toUnixTimestamp(min(minute)) AS first_seen,
       toUnixTimestamp(max(minute)) AS last_seen
FROM ledger FINAL
WHERE source = {source:String} AND minute >= toDateTime({now:Int64} - 30 * 86400, 'UTC')
  AND (fate = 'stored' OR fate = 'filtered' AND reason = 'event_filter')
GROUP BY name
ORDER BY name
