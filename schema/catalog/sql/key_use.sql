-- Writes down when a key was used last.
-- Writes: key_uses. Safe to re-run: the newest row of a key counts.
INSERT INTO key_uses (key_id, used_at) SELECT {key:String}, fromUnixTimestamp64Milli({at:Int64}, 'UTC')
