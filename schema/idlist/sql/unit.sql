-- What a list says of one unit.
-- Reads: idlist_members. Safe to run at any time.
SELECT unit_id, member, toUnixTimestamp64Milli(time) AS since
FROM idlist_members
WHERE epoch = {epoch:UInt64} AND hash = left(base64Encode(SHA256({unit:String})), 8) AND unit_id = {unit:String}
ORDER BY version DESC
LIMIT 1
