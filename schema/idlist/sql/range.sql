-- Some lines of a file, as one text. A line that was written twice is there once.
-- Reads: idlist_log. Safe to run at any time.
SELECT arrayStringConcat(arrayMap(l -> l.2, arraySort(groupUniqArray((seq, line::String)))))
FROM idlist_log
WHERE file = {file:UInt64} AND seq >= {from:UInt64} AND seq < {to:UInt64}
