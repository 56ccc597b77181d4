-- The most frequent values of a property in some events.
-- Reads: events. Safe to run at any time.
-- dim: stands for the property.
SELECT groupArray(value)
FROM
(
    SELECT /* dim: */ '' /* :dim */ AS value, count() AS n
    FROM events
    WHERE day BETWEEN toDate({utc_from:UInt16}) AND toDate({utc_to:UInt16}) AND ({any_event:Bool} OR name IN {events:Array(String)}) AND environment = 'production'
    GROUP BY value
    ORDER BY n DESC, value
    LIMIT 12
)
