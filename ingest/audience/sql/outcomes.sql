-- Counts what became of the audience calls of a load.
-- Writes: audience_outcomes. Safe to re-run: a load has one row an audience, the newest.
INSERT INTO audience_outcomes (audience, spool_id, batch_seq, entered, exited, no_list, no_unit, no_value, last_time)
SELECT r.1, r.2, r.3, r.4, r.5, r.6, r.7, r.8, fromUnixTimestamp64Milli(r.9, 'UTC')
FROM (SELECT arrayJoin({rows:Array(Tuple(String, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, Int64))}) AS r)
