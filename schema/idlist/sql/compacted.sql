-- How many lines a file has.
-- Reads: idlist_log. Safe to run at any time.
SELECT uniqExact(seq) FROM idlist_log WHERE file = {file:UInt64}
