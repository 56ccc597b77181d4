-- Writes one version of a definition.
-- Writes: definitions. Safe to re-run: readers take one row a version.
INSERT INTO definitions (kind, id, version, body, deleted, author, changed_at)
SELECT {kind:String}, {id:String}, {version:UInt64}, {body:String}, {deleted:Bool}, {author:String}, fromUnixTimestamp64Milli({at:Int64}, 'UTC')
