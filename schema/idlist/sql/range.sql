-- Some lines of a file, as one text. A line that was written twice is there once.
-- Reads: idlist_log, in the order of its key; one thread keeps that order. Safe to run at any time.
SELECT arrayStringConcat(groupArray(line::String))
FROM (SELECT line FROM idlist_log WHERE file = {file:UInt64} AND seq >= {from:UInt64} AND seq < {to:UInt64} ORDER BY seq LIMIT 1 BY seq)
SETTINGS max_threads = 1
