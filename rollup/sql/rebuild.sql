-- The metric days between two that have raw rows or ever had: every such day has a window of events.
-- Reads: events (the range's UTC dates), windows. Safe to run at any time.
SELECT arraySort(groupUniqArray(toUInt16(metric_day)))
FROM
(
    SELECT DISTINCT toDate(time, {zone:String}) AS metric_day
    FROM events
    WHERE day BETWEEN toDate({utc_from:UInt16}) AND toDate({utc_to:UInt16})
    UNION DISTINCT
    SELECT DISTINCT day FROM windows WHERE scope = 'events'
)
WHERE metric_day BETWEEN toDate({from:UInt16}) AND toDate({to:UInt16})
