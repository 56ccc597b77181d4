-- A fragment, for a subquery: the units of an experiment, with their group and first exposure, and whether they count.
-- A unit that saw two groups (crossover) counts not, or in the first. Units that were put into a group by hand before their
-- first exposure (overridden) count not, and of arms that are thinned out to equal sizes, those do whose hash is in the share.
-- A first exposure is one number, its milliseconds before the rank of its group by name, 0 for what was done by hand: the least is the
-- first, and of two at once the group that comes first by name. Numbers are compared several times faster than texts and tuples.
-- Reads: first_exposures.
SELECT unit_id, arraySort({groups:Array(String)})[rank] AS unit_group, fromUnixTimestamp64Milli(first, 'UTC') AS exposed_at,
       toInt32(toUInt16(toDate(exposed_at, {zone:String}))) AS first_day, crossover, overridden,
       cityHash64({experiment:String}, unit_id) / 18446744073709551616. < {shares:Array(Float64)}[indexOf({groups:Array(String)}, unit_group)] AS sampled,
       sampled AND NOT overridden AND (NOT crossover OR {keep_crossovers:Bool}) AS counts
FROM
(
    SELECT unit_id, intDiv(seen, 65536) AS first, seen % 65536 AS rank, crossover,
           has({overridden:Array(String)}, unit_id) OR by_hand > 0 AND intDiv(by_hand, 65536) <= first AS overridden
    FROM
    (
        SELECT unit_id, minIf(exposure, rank > 0) AS seen, minIf(exposure, rank = 0) AS by_hand, minIf(rank, rank > 0) != max(rank) AS crossover
        FROM
        (
            SELECT unit_id, indexOf(arraySort({groups:Array(String)}), group_id) AS rank, toUnixTimestamp64Milli(first_time) * 65536 + rank AS exposure
            FROM first_exposures
            WHERE experiment = {experiment:String} AND (has({groups:Array(String)}, group_id) OR group_id = '!override')
              AND first_time < fromUnixTimestamp64Milli({end:Int64}, 'UTC')
        )
        GROUP BY unit_id
        HAVING max(rank) > 0
    )
)
