-- How many rows of one load, with positions in some range, its table has: all of them, or none, since a load is one part, and so is
-- each piece of a load that was taken apart.
-- Reads: the table, only the partition of the load and the granules whose part holds the load.
-- Safe to run at any time.
SELECT count()
FROM {table:Identifier}
WHERE toYYYYMM(received_time) = {partition:UInt32} AND spool_id = {spool_id:UInt64} AND batch_seq = {batch_seq:UInt64}
      AND position BETWEEN {from:UInt64} AND {to:UInt64}
