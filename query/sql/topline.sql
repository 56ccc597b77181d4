-- What the whole product did in some metrics between two days: sums of the days' totals, and how many days are known.
-- Reads: metric_days, windows (published runs only). Safe to run at any time.
SELECT metric, sum(numerator) AS total, sum(denominator) AS total_den,
       (SELECT toUInt32(uniqExact(day)) FROM windows WHERE scope = concat('metric/', {metrics:Array(String)}[1]) AND day BETWEEN {from:Date} AND {to:Date}) AS known_days
FROM metric_days
WHERE metric IN {metrics:Array(String)} AND unit_type = {unit_type:String} AND day BETWEEN {from:Date} AND {to:Date}
  AND (concat('metric/', metric), day, run) IN
      (SELECT scope, day, argMax(run, started_at) FROM windows WHERE scope IN arrayMap(m -> concat('metric/', m), {metrics:Array(String)}) GROUP BY scope, day)
GROUP BY metric
