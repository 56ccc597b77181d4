-- Totals of one metric on some days, broken down by a property. Values with more than a share of the day's events that have the
-- metric keep their name, the others together are 'Other': which these are is a matter of the day's events alone.
-- Reads: events, duplicates. Writes: dimension_days, under the run of the metric's totals.
-- Safe to re-run because nobody reads a run before publish.sql has named it.
-- dimension: stands for the value of the property; the other marks are those of metric_days.sql.
INSERT INTO dimension_days (metric, unit_type, dimension, dimension_value, day, run, value, numerator, denominator, units, input_rows)
WITH
    happened AS
    (
        SELECT metric_day, time, units, term, found
        FROM
        (
            SELECT toDate(time, {zone:String}) AS metric_day, time, CAST(NULL AS Nullable(DateTime64(3, 'UTC'))) AS exposed_at,
                   arrayFilter(unit -> unit.2 != '', arrayConcat(
                       [('userid', user_id), ('anonymousid', anonymous_id)],
                       arrayMap((type, id) -> (toString(type), id), mapKeys(unit_ids), mapValues(unit_ids)))) AS units,
                   /* terms: */ (toUInt16(1), toNullable(1.), CAST(NULL AS Nullable(Float64)), toUInt64(0)) /* :terms */ AS term,
                   /* dimension: */ '' /* :dimension */ AS found
            FROM events
            WHERE day BETWEEN toDate({utc_from:UInt16}) AND toDate({utc_to:UInt16})
              AND toDate(time, {zone:String}) BETWEEN toDate({from:UInt16}) AND toDate({to:UInt16})
              AND ({any_event:Bool} AND audience = '' OR name IN {events:Array(String)}) AND environment = 'production'
              AND (spool_id, position) NOT IN
              (
                  SELECT spool_id, position FROM duplicates WHERE day BETWEEN toDate({utc_from:UInt16}) AND toDate({utc_to:UInt16})
              )
        )
        WHERE isNotNull(term.2) OR isNotNull(term.3)
    ),
    kept AS
    (
        SELECT metric_day, found
        FROM (SELECT metric_day, found, count() AS n, sum(n) OVER (PARTITION BY metric_day) AS all FROM happened GROUP BY metric_day, found)
        WHERE n > {share:Float64} * all
    )
SELECT {metrics:Array(String)}[1], unit_type, {dimension:String}, dimension_value, metric_day, {run:UInt64},
       multiIf({percentiles:Array(Float64)}[1] > 0, arraySort(groupArrayArray(unit_values) AS every)[greatest(1, toUInt64(ceil({percentiles:Array(Float64)}[1] * length(every) / 100 - 1e-9)))],
               NOT has({quotients:Array(UInt16)}, 1), x, y = 0, nan, x / y),
       sum(unit_x) AS x, sum(unit_y) AS y, count() AS units, sum(unit_rows)
FROM
(
    SELECT unit.1 AS unit_type, if((metric_day, found) IN (SELECT metric_day, found FROM kept), found, 'Other') AS dimension_value,
           metric_day, sipHash128(unit.2) AS unit_hash, term.1 AS place,
           /* x: */ sum(ifNull(term.2, 0)) /* :x */ AS unit_x, /* y: */ sum(ifNull(term.3, 0)) /* :y */ AS unit_y,
           /* values: */ CAST([], 'Array(Float64)') /* :values */ AS unit_values, count() AS unit_rows
    FROM happened
    ARRAY JOIN units AS unit
    GROUP BY place, unit_type, dimension_value, metric_day, unit_hash
)
GROUP BY unit_type, dimension_value, metric_day
