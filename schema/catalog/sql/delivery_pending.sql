-- What waits behind a destination's cursor: rows, and the age in seconds of the oldest. A load that is half delivered counts as a whole.
-- Reads: loads. Safe to run at any time; a load that was recorded twice counts once.
SELECT sum(load_rows) AS waiting, if(waiting = 0, 0, greatest(0, dateDiff('second', min(load_received), now64(3)))) AS lag
FROM
(
    SELECT argMax(loads.rows, loaded_at) AS load_rows, argMax(received_to, loaded_at) AS load_received, argMax(loads.table, loaded_at) AS load_table
    FROM loads
    WHERE batch_seq >= transform(spool_id, {spools:Array(UInt64)}, {batches:Array(UInt64)}, toUInt64(0))
      AND received_to >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') - INTERVAL 2 SECOND
    GROUP BY spool_id, batch_seq
)
WHERE has({tables:Array(String)}, load_table)
