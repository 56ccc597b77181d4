-- A fragment, a join: what the user of each unit was at its first exposure, from then on frozen.
-- unit: stands for the column of the experiment's ID type.
LEFT JOIN
(
    SELECT /* unit: */ user_id /* :unit */ AS unit_id, argMin(user_properties, (time, spool_id, position)) AS user_properties
    FROM exposures
    WHERE lowerUTF8(name) IN (lowerUTF8({id:String}), lowerUTF8({name:String})) AND environment = 'production'
      AND time >= fromUnixTimestamp64Milli({start:Int64}, 'UTC') AND time < fromUnixTimestamp64Milli({end:Int64}, 'UTC')
    GROUP BY unit_id
) AS traits ON traits.unit_id = known.unit_id
