-- Notes first exposures.
-- Writes: forward_first. Safe to re-run because the oldest row of an id counts.
INSERT INTO forward_first (destination, replay, id, spool_id, position)
SELECT {destination:String}, {replay:UInt32}, reinterpretAsUInt128(unhex(first.1)), {spool:UInt64}, first.2
FROM (SELECT arrayJoin({firsts:Array(Tuple(String, UInt64))}) AS first)
