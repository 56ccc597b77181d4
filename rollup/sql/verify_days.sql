-- The metric days of a range of which there are raw events.
-- Reads: events. Safe to run at any time.
SELECT arraySort(groupUniqArray(toUInt16(toDate(time, {zone:String}))))
FROM events
WHERE day BETWEEN toDate({utc_from:UInt16}) AND toDate({utc_to:UInt16})
  AND toDate(time, {zone:String}) BETWEEN toDate({from:UInt16}) AND toDate({to:UInt16})
