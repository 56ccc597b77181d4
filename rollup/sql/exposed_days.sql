-- The metric days on which an experiment changes by one spool's exposures: from the first on to the last there is. An
-- exposure changes something when it is the first of its unit to its group; what is asked is the table as it is after exposed.sql,
-- so the answer is the same however often and in whatever order the two ran. A second group changes the unit's days from
-- its very first exposure on, for that makes it a crossover. The days before them changed
-- as well, for what the units did before; the caller marks those apart.
-- Reads: exposures, first_exposures, dirty_days. Safe to run at any time.
-- unit: stands for the column of the experiment's ID type.
WITH seen AS
(
    SELECT DISTINCT time, /* unit: */ user_id /* :unit */ AS unit_id
    FROM exposures
    WHERE spool_id = {spool:UInt64} AND batch_seq BETWEEN {from:UInt64} AND {to:UInt64} AND environment = 'production'
      AND lowerUTF8(name) IN (lowerUTF8({id:String}), lowerUTF8({name:String}))
      AND time >= fromUnixTimestamp64Milli({start:Int64}, 'UTC') AND time < fromUnixTimestamp64Milli({end:Int64}, 'UTC')
)
SELECT arrayMap(day -> toUInt16(day), if(count() = 0, [], range(
           toUInt32(toUInt16(toDate(min(since), {zone:String}))),
           greatest(toUInt32(toUInt16(toDate(max(until), {zone:String}))),
                    (SELECT toUInt32(toUInt16(max(day))) FROM dirty_days WHERE scope IN ('', {experiment:String}))) + 1)))
FROM
(
    SELECT unit_id, min(first_time) AS since, max(first_time) AS until, arrayJoin(groupUniqArray(first_time)) AS time
    FROM first_exposures
    WHERE experiment = {experiment:String} AND unit_id IN (SELECT unit_id FROM seen)
    GROUP BY unit_id
) AS known
INNER JOIN seen USING (unit_id, time)
