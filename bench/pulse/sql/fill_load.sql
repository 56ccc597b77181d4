-- Says that a load is in its table.
INSERT INTO loads (spool_id, batch_seq, table, rows, days, received_to)
SELECT 1, {seq:UInt64}, {table:String}, {rows:UInt32}, arrayMap(n -> toDate('2024-01-01') + n, range(21)), toDateTime64('2024-02-01 00:00:00', 3, 'UTC')
