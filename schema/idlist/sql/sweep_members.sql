-- Deletes the members of epochs that are over.
-- Writes: idlist_members. Safe to re-run: it deletes what it finds.
DELETE FROM idlist_members WHERE epoch NOT IN ({epochs:Array(UInt64)})
