-- A fragment, for a subquery: the units of an experiment, with their group and first exposure, and whether they count.
-- A unit that saw two groups (crossover) counts not, or in the first. Units that were put into a group by hand before their
-- first exposure (overridden) count not, and of arms that are thinned out to equal sizes, those do whose hash is in the share.
-- Reads: first_exposures.
SELECT unit_id, unit_group, exposed_at, toInt32(toUInt16(toDate(exposed_at, {zone:String}))) AS first_day, crossover, overridden, sampled,
       sampled AND NOT overridden AND (NOT crossover OR {keep_crossovers:Bool}) AS counts
FROM
(
    SELECT unit_id, argMinIf(group_id, (first_time, group_id), group_id != '!override') AS unit_group,
           minIf(first_time, group_id != '!override') AS exposed_at,
           minIf(toString(group_id), group_id != '!override') != maxIf(toString(group_id), group_id != '!override') AS crossover,
           has({overridden:Array(String)}, unit_id)
               OR countIf(group_id = '!override') > 0 AND minIf(first_time, group_id = '!override') <= exposed_at AS overridden,
           cityHash64({experiment:String}, unit_id) / 18446744073709551616. < {shares:Array(Float64)}[indexOf({groups:Array(String)}, unit_group)] AS sampled
    FROM first_exposures
    WHERE experiment = {experiment:String} AND (has({groups:Array(String)}, group_id) OR group_id = '!override')
      AND first_time < fromUnixTimestamp64Milli({end:Int64}, 'UTC')
    GROUP BY unit_id
    HAVING countIf(group_id != '!override') > 0
)
