-- Lists every copy of a new message but the one that counts: the earliest, then the smallest hash, then the smallest
-- address. Copies from earlier loads may lose now.
-- Reads: events (new rows), event_ids (all copies of their messages). Writes: duplicates.
-- Safe to re-run because rows are replaced by address, and a copy that lost never wins again.
INSERT INTO duplicates (spool_id, position, day, id)
SELECT copy.3, copy.4, toDate(copy.1, 'UTC'), id
FROM
(
    SELECT id, arrayJoin(arraySlice(arraySort(groupUniqArray((time, row_hash, spool_id, position))), 2)) AS copy
    FROM event_ids
    WHERE id IN
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
    GROUP BY id
)
