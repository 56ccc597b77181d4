-- Says that a load is in its table.
-- Writes: loads.
INSERT INTO loads (spool_id, batch_seq, table, rows, days, received_to)
SELECT 1, {seq:UInt64}, {table:String}, {rows:UInt32}, arrayMap(d -> toDate(d), range({from:UInt16}, {to:UInt16} + 1)), now64(3)
