-- Up to which receipt time everything is rolled up, and how much is loaded but not rolled up yet. The spool that is furthest behind
-- among those with waiting loads decides; when nothing waits, the newest. And the first day of which all raw events are there, '' where none were dropped.
-- Reads: loads, rollup_watermarks. Safe to run at any time.
SELECT toInt64(ifNull(toUnixTimestamp64Milli(if(countIf(waiting > 0) > 0, minIf(absorbed_to, waiting > 0), max(absorbed_to))), 0)) AS complete_to,
       toUInt64(sum(waiting)) AS waiting_loads, toUInt64(sum(waiting_rows)) AS waiting_rows,
       (SELECT if(count() = 0, '', toString(toDate(toUInt16(max(batch_seq))))) FROM rollup_watermarks WHERE job = 'horizon') AS raw_from
FROM
(
    SELECT spool_id, countIf(next = 0 OR batch_seq >= next) AS waiting, sumIf(row_count, next = 0 OR batch_seq >= next) AS waiting_rows,
           any(received) AS absorbed_to
    FROM (SELECT spool_id, batch_seq, any(loads.rows) AS row_count FROM loads GROUP BY spool_id, batch_seq) AS known
    LEFT JOIN
    (
        SELECT spool_id, argMax(batch_seq, updated_at) + 1 AS next, argMax(received_to, updated_at) AS received
        FROM rollup_watermarks
        WHERE job = 'absorb'
        GROUP BY spool_id
    ) AS absorbed USING (spool_id)
    GROUP BY spool_id
)
