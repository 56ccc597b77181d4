-- The next loads of one spool, in order.
-- Reads: loads. Safe to run at any time; a load recorded twice comes once.
SELECT batch_seq, argMax(loads.table, loaded_at) AS into, argMax(loads.rows, loaded_at) AS row_count,
       toUInt16(arrayMin(argMax(loads.days, loaded_at))) AS first_day, toUInt16(arrayMax(argMax(loads.days, loaded_at))) AS last_day,
       argMax(received_to, loaded_at) AS received,
       toInt64(dateDiff('second', max(loaded_at), now64(6))) AS age_seconds
FROM loads
WHERE spool_id = {spool:UInt64} AND batch_seq >= {next:UInt64}
GROUP BY batch_seq
ORDER BY batch_seq
LIMIT {limit:UInt64}
