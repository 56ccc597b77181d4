-- A fragment, for a subquery: what every exposed unit did on some days, for some metrics of one experiment, in one scan of the days'
-- events: from its first exposure on, and on the days before the day of that. Between, on that day, it is neither. The join
-- comes before the terms: they may ask for the first exposure, and of units that nobody exposed no property is parsed.
-- Reads: events, duplicates, rollup_watermarks, first_exposures.
-- unit: stands for the column of the experiment's ID type, mapping: for a join that finds a unit by another ID. columns: stands for
-- what an event adds to the metrics, happened: for whether it adds anything, folded: and items: for what a unit makes of its events
-- of a day (fold.go). windows: how many days before exposure each metric looks back, early_days the most of them. dim: is a property that tells events apart, only: what else must hold of them. counted: stands for counted.sql.
SELECT folded.1 AS place, unit_id, toInt32(toUInt16(metric_day)) AS at, at - toInt32(toUInt16(since_day)) AS since,
       folded.2 AS numerator, folded.3 AS denominator, /* items: */ CAST([], 'Array(Tuple(UInt64, UInt64, Float64))') /* :items */ AS items, dim
FROM
(
    SELECT metric_day, unit_id, dim, any(first_day) AS since_day,
           arrayJoin(arrayFilter(made -> made.4 > 0, [
               /* folded: */ (toUInt16(1), sum(x1), 0., count()) /* :folded */])) AS folded
    FROM
    (
        SELECT metric_day, time, unit_id, first_day, /* dim: */ '' /* :dim */ AS dim, /* columns: */ toNullable(1.) AS x1 /* :columns */
        FROM
        (
            SELECT *, toDate(time, {zone:String}) AS metric_day, /* unit: */ user_id /* :unit */ AS unit_id
            FROM events /* mapping: */ /* :mapping */
            WHERE time < fromUnixTimestamp64Milli({end:Int64}, 'UTC') AND ({any_event:Bool} AND audience = '' OR name IN {events:Array(String)})
              /* only: */ /* :only */ AND /* counted: */ 1 /* :counted */
        ) AS happened
        INNER JOIN
        (
            SELECT unit_id, min(first_time) AS exposed_at, toDate(exposed_at, {zone:String}) AS first_day
            FROM first_exposures
            WHERE experiment = {experiment:String} AND has({groups:Array(String)}, group_id)
              AND first_time < fromUnixTimestamp64Milli({end:Int64}, 'UTC')
            GROUP BY unit_id
        ) AS exposed USING (unit_id)
        WHERE unit_id != ''
          AND (if({by_day:Bool}, metric_day >= first_day, time >= exposed_at) OR metric_day BETWEEN first_day - {early_days:UInt16} AND first_day - 1)
    )
    WHERE /* happened: */ isNotNull(x1) /* :happened */
    GROUP BY metric_day, unit_id, dim
)
WHERE metric_day >= since_day - {windows:Array(UInt16)}[folded.1]
