-- Which unit ID types the events of the last seven days carry, and how many events each.
-- Reads: events of that time. Safe to run at any time.
SELECT unit_type, count() AS events, max(received_time) AS last_seen
FROM
(
    SELECT received_time, arrayJoin(arrayConcat(
               arrayFilter(type -> type != '', [if(user_id = '', '', 'userid'), if(anonymous_id = '', '', 'anonymousid')]),
               arrayMap(type -> toString(type), mapKeys(unit_ids)))) AS unit_type
    FROM events
    WHERE toYYYYMM(received_time) >= toYYYYMM(now() - INTERVAL 7 DAY) AND received_time >= now() - INTERVAL 7 DAY
)
GROUP BY unit_type
ORDER BY unit_type
