-- The loads that each spool recorded after its watermark, in order. A spool without a watermark starts at its first load.
-- Reads: loads. Safe to run at any time; a load recorded twice comes once.
SELECT spool_id, batch_seq, argMax(loads.table, loaded_at) AS into, argMax(loads.rows, loaded_at) AS row_count,
       toUInt16(arrayMin(argMax(loads.days, loaded_at))) AS first_day, toUInt16(arrayMax(argMax(loads.days, loaded_at))) AS last_day,
       toUnixTimestamp64Milli(argMax(loads.received_to, loaded_at)) AS received_to,
       toInt64(dateDiff('second', max(loaded_at), now64(6))) AS age_seconds
FROM loads
WHERE batch_seq >= transform(spool_id, {spools:Array(UInt64)}, {next:Array(UInt64)}, toUInt64(0))
GROUP BY spool_id, batch_seq
ORDER BY spool_id, batch_seq
LIMIT {limit:UInt64}
