-- Exposed units of each group of an experiment, up to and including a day, and whether they saw more than one group.
-- Reads: first_exposures. Safe to run at any time.
SELECT first_group AS group_id, crossover, count() AS units
FROM
(
    SELECT unit_id, argMin(group_id, (first_time, group_id)) AS first_group, toUInt8(uniqExact(group_id) > 1) AS crossover, min(first_time) AS exposed
    FROM (SELECT unit_id, group_id, min(first_time) AS first_time FROM first_exposures WHERE experiment = {experiment:String} AND has({groups:Array(String)}, group_id) AND first_exposures.first_time < fromUnixTimestamp64Milli({end:Int64}, 'UTC') GROUP BY unit_id, group_id)
    GROUP BY unit_id
)
WHERE toDate(exposed, {zone:String}) <= {until:Date}
GROUP BY group_id, crossover
