-- How many of the new messages have more than one row, here or in any earlier load. Mostly none, and then nothing else
-- has to be looked up. A row that was written twice into event_ids counts as repeated too; that costs a look, no more.
-- Reads: events (new rows), event_ids (their ids). Safe to run at any time.
SELECT count()
FROM
(
    SELECT id
    FROM event_ids
    WHERE id IN
    (
        SELECT reinterpretAsUInt128(sipHash128(message_id))
        FROM events
        WHERE spool_id = {spool:UInt64} AND batch_seq BETWEEN {from:UInt64} AND {to:UInt64}
          AND day BETWEEN toDate({first_day:UInt16}) AND toDate({last_day:UInt16})
    )
    GROUP BY id
    HAVING count() > 1
)
