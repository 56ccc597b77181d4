-- The events of some metric days that may happen to a metric, as they are. What each adds is worked out from that in plain Go (raw.go).
-- Reads: events, rollup_watermarks. Safe to run at any time.
-- raw: stands for raw.sql, unit: for what events are put in order by.
SELECT toUInt16(metric_day) AS at, toUnixTimestamp64Milli(time) AS ms, toString(name) AS name, value, user_id, anonymous_id, group_id,
       CAST(unit_ids, 'Map(String, String)') AS unit_ids, properties, user_properties, traits, context, /* unit: */ '' /* :unit */ AS unit
FROM (/* raw: */ SELECT *, toDate(0) AS metric_day, [('', '')] AS units FROM events /* :raw */)
WHERE {any_event:Bool} AND audience = '' OR name IN {events:Array(String)}
ORDER BY unit, ms
