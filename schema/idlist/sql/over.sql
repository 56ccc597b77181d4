-- Whether there are rows of epochs or files that no list has any more.
-- Reads: idlist_members, idlist_log. Safe to run at any time.
SELECT (SELECT count() FROM (SELECT 1 FROM idlist_members WHERE epoch NOT IN ({epochs:Array(UInt64)}) LIMIT 1))
     + (SELECT count() FROM (SELECT 1 FROM idlist_log WHERE file NOT IN ({files:Array(UInt64)}) LIMIT 1)) > 0
