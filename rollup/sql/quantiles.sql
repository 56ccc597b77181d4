-- A fragment, for a subquery: of metrics that are percentiles, each group's percentile of all values (the value of rank
-- ceil(level * n)) and the two values whose distance tells its variance: the ranks n*level -+ z*sqrt(n*level*(1-level)) with z for
-- 95 %, as stats.QuantileRanks has them.
SELECT place, slice, group_id,
       sorted[toUInt64(greatest(1, ceil(round(level * n, 9))))] AS hat,
       sorted[toUInt64(least(toFloat64(n), greatest(1, floor(level * n - spread))))] AS low,
       sorted[toUInt64(least(toFloat64(n), greatest(1, ceil(level * n + spread))))] AS high
FROM
(
    SELECT place, slice, group_id, {levels:Array(Float64)}[place] AS level, arraySort(arrayFlatten(groupArray(vals))) AS sorted, length(sorted) AS n,
           1.959963984540054 * sqrt(n * level * (1 - level)) AS spread
    FROM unit_values
    WHERE {levels:Array(Float64)}[place] > 0
    GROUP BY place, slice, group_id
    HAVING n > 0
)
