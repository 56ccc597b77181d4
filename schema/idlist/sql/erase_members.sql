-- Deletes what is kept of units up to the order to forget them.
-- Writes: idlist_members. Safe to re-run: it deletes what it finds.
DELETE FROM idlist_members
WHERE epoch = {epoch:UInt64} AND unit_id IN (arrayMap(u -> u.1, {units:Array(Tuple(String, Int64))}))
  AND toUnixTimestamp64Milli(time) <= {units:Array(Tuple(String, Int64))}[indexOf(arrayMap(u -> u.1, {units:Array(Tuple(String, Int64))}), unit_id)].2
