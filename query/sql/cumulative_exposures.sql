-- Units first exposed on each day, by group; units that saw more than one group are left out unless kept.
-- Reads: first_exposures. Safe to run at any time.
SELECT first_group AS group_id, toString(toDate(exposed, {zone:String})) AS date, count() AS units
FROM
(
    SELECT unit_id, argMin(group_id, (first_time, group_id)) AS first_group, uniqExact(group_id) > 1 AS crossover, min(first_time) AS exposed
    FROM (SELECT unit_id, group_id, min(first_time) AS first_time FROM first_exposures WHERE experiment = {experiment:String} AND has({groups:Array(String)}, group_id) AND first_exposures.first_time < fromUnixTimestamp64Milli({end:Int64}, 'UTC') GROUP BY unit_id, group_id)
    GROUP BY unit_id
)
WHERE NOT crossover OR {keep:Bool}
GROUP BY group_id, date
ORDER BY date
