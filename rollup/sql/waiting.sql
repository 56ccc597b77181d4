-- How many loads and rows of each spool are not absorbed yet.
-- Reads: loads, rollup_watermarks. Safe to run at any time.
SELECT spool_id, toUInt64(count()) AS waiting_loads, toUInt64(sum(row_count)) AS waiting_rows, toUnixTimestamp64Milli(max(received)) AS received_to
FROM
(
    SELECT spool_id, batch_seq, any(loads.rows) AS row_count, max(loads.received_to) AS received
    FROM loads
    GROUP BY spool_id, batch_seq
) AS known
LEFT JOIN
(
    SELECT spool_id, argMax(batch_seq, updated_at) + 1 AS next
    FROM rollup_watermarks
    WHERE job = 'absorb'
    GROUP BY spool_id
) AS absorbed USING (spool_id)
WHERE batch_seq >= next
GROUP BY spool_id
ORDER BY spool_id
