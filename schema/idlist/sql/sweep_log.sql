-- Deletes the lines of files that are over.
-- Writes: idlist_log. Safe to re-run: it deletes what it finds.
DELETE FROM idlist_log WHERE file NOT IN ({files:Array(UInt64)})
