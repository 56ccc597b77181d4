-- Which experiments one spool's new exposures name, as 1-based places in the list given.
-- Reads: exposures (new rows). Safe to run at any time.
SELECT DISTINCT arrayJoin(arrayFilter(
    (place, id, name) -> seen IN (lowerUTF8(id), lowerUTF8(name)),
    arrayMap(place -> toUInt32(place), arrayEnumerate({ids:Array(String)})), {ids:Array(String)}, {names:Array(String)})) AS place
FROM
(
    SELECT DISTINCT lowerUTF8(name) AS seen
    FROM exposures
    WHERE spool_id = {spool:UInt64} AND batch_seq BETWEEN {from:UInt64} AND {to:UInt64} AND environment = 'production'
)
ORDER BY place
