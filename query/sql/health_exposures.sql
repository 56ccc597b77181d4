-- An experiment's raw exposures by what may explain a fault: library, reason, rule, and (dim '') all of them. Units are those of
-- each group; exposures of no known group have none.
-- Reads: exposures, first_exposures. Safe to run at any time.
-- units: schema/fragment/units.sql. unit: stands for the column of the experiment's ID type.
SELECT part.1 AS dim, part.2 AS dim_value, group_id, count() AS exposures, countIf(unit_id = '') AS without_unit,
       uniqExactIf(unit_id, counts) AS units, toUnixTimestamp64Milli(max(time)) AS last_time
FROM
(
    SELECT unit_id, time, toString(unit_group) AS group_id, ifNull(counts, false) AS counts,
           arrayJoin([('', ''), ('library', toString(library)), ('reason', toString(reason)), ('rule', toString(rule))]) AS part
    FROM
    (
        SELECT /* unit: */ user_id /* :unit */ AS unit_id, time, library, reason, rule
        FROM exposures
        WHERE lowerUTF8(name) IN (lowerUTF8({id:String}), lowerUTF8({name:String})) AND environment = 'production'
          AND time >= fromUnixTimestamp64Milli({start:Int64}, 'UTC') AND time < fromUnixTimestamp64Milli({end:Int64}, 'UTC')
    ) AS seen
    LEFT JOIN (/* units: */ SELECT '' AS unit_id, '' AS unit_group, true AS counts /* :units */) AS known USING (unit_id)
)
GROUP BY dim, dim_value, group_id
ORDER BY dim, exposures DESC
