-- Says that a load is in its table: from here the rollups know what is new.
-- Writes: loads. Safe to re-run because rows are replaced by (spool_id, batch_seq).
INSERT INTO loads (spool_id, batch_seq, table, rows, days, received_to)
SELECT {spool_id:UInt64}, {batch_seq:UInt64}, {table:String}, {rows:UInt32},
       arrayMap(day -> toDate(day), {days:Array(Int64)}), fromUnixTimestamp64Milli({received_to:Int64}, 'UTC')
