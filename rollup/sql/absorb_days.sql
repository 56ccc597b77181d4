-- The metric days whose totals the new rows can change: their own, and those of all copies of messages that are repeated,
-- since an older copy may have stopped counting.
-- Reads: events (new rows), event_ids. Safe to run at any time.
WITH new_rows AS
(
    SELECT message_id, time
    FROM events
    WHERE spool_id = {spool:UInt64} AND batch_seq BETWEEN {from:UInt64} AND {to:UInt64}
      AND day BETWEEN toDate({first_day:UInt16}) AND toDate({last_day:UInt16})
)
SELECT arraySort(groupUniqArray(toUInt16(toDate(time, {zone:String}))))
FROM
(
    SELECT time FROM new_rows
    UNION ALL
    SELECT time FROM event_ids
    WHERE {repeated:Bool} AND id IN (SELECT reinterpretAsUInt128(sipHash128(message_id)) FROM new_rows)
)
