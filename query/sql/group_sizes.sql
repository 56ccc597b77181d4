-- Exposed units of each group of an experiment, up to a day ('' is all), and whether they saw more than one group.
-- Reads: first_exposures. Safe to run at any time.
SELECT first_group AS group_id, crossover, count() AS units
FROM
(
    SELECT unit_id, argMin(group_id, first_time) AS first_group, toUInt8(uniqExact(group_id) > 1) AS crossover, min(first_time) AS exposed
    FROM (SELECT unit_id, group_id, min(first_time) AS first_time FROM first_exposures WHERE experiment = {experiment:String} GROUP BY unit_id, group_id)
    GROUP BY unit_id
)
WHERE {date:String} = '' OR toDate(exposed, {zone:String}) <= toDateOrZero({date:String})
GROUP BY group_id, crossover
