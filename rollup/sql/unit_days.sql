-- What every exposed unit did on some days, for some metrics of one experiment, in one scan of the days' events: from its first
-- exposure on, and on the days before the day of that. Between, on that day, it is neither. The join comes before the terms:
-- they may ask for the first exposure, and of units that nobody exposed no property is parsed.
-- Reads: events, duplicates, first_exposures. Writes: unit_days, under a run number of its own.
-- Safe to re-run because nobody reads a run before publish.sql has named it.
-- unit: stands for the column of the experiment's ID type. terms: stands for one tuple a metric: its place in scopes, what the
-- event adds to x and y, null where it adds nothing, and a key (terms.go). x:, y: and items: stand for what a unit makes of
-- its terms of a day (fold.go).
INSERT INTO unit_days (scope, day, run, unit_id, since, numerator, denominator, items)
SELECT {scopes:Array(String)}[term.1], metric_day, {run:UInt64}, unit_id, metric_day - any(first_day),
       /* x: */ sum(ifNull(term.2, 0)) /* :x */, /* y: */ sum(ifNull(term.3, 0)) /* :y */,
       /* items: */ CAST([], 'Array(Tuple(UInt64, UInt64, Float64))') /* :items */
FROM
(
    SELECT metric_day, time, unit_id, first_day,
           arrayJoin(arrayFilter(term -> isNotNull(term.2) OR isNotNull(term.3), [
               /* terms: */ (toUInt16(1), toNullable(1.), CAST(NULL AS Nullable(Float64)), toUInt64(0)) /* :terms */
           ])) AS term
    FROM
    (
        SELECT *, toDate(time, {zone:String}) AS metric_day, /* unit: */ user_id /* :unit */ AS unit_id
        FROM events
        WHERE day BETWEEN toDate({utc_from:UInt16}) AND toDate({utc_to:UInt16})
          AND toDate(time, {zone:String}) BETWEEN toDate({from:UInt16}) AND toDate({to:UInt16})
          AND time < fromUnixTimestamp64Milli({end:Int64}, 'UTC')
          AND ({any_event:Bool} OR name IN {events:Array(String)}) AND environment = 'production'
          AND (spool_id, position) NOT IN
          (
              SELECT spool_id, position FROM duplicates WHERE day BETWEEN toDate({utc_from:UInt16}) AND toDate({utc_to:UInt16})
          )
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
GROUP BY term.1, metric_day, unit_id
