-- The events of one unit that the metrics of an experiment are made of, and for each why it counts or not.
-- Reads: events, duplicates. Safe to run at any time.
-- unit: stands for the column of the experiment's ID type. exposed: the unit's first exposure in ms, 0 without one.
SELECT name, fate, count() AS times, toUnixTimestamp64Milli(min(time)) AS first_time, toUnixTimestamp64Milli(max(time)) AS last_time
FROM
(
    SELECT name, time,
           toUInt16(toDate(time, {zone:String})) AS metric_day, toUInt16(toDate(fromUnixTimestamp64Milli({exposed:Int64}, 'UTC'), {zone:String})) AS exposure_day,
           multiIf(
               environment != 'production', 'not_production',
               (spool_id, position) IN (SELECT spool_id, position FROM duplicates), 'duplicate',
               {exposed:Int64} = 0, 'not_exposed',
               time >= fromUnixTimestamp64Milli({end:Int64}, 'UTC'), 'after_end',
               if({by_day:Bool}, metric_day >= exposure_day, toUnixTimestamp64Milli(time) >= {exposed:Int64}), 'counts',
               metric_day < exposure_day AND metric_day >= exposure_day - {early_days:UInt16}, 'before_exposure_compared',
               'before_exposure') AS fate
    FROM events
    WHERE ({any_event:Bool} OR name IN {events:Array(String)}) AND /* unit: */ user_id /* :unit */ = {id:String}
)
GROUP BY name, fate
ORDER BY name, fate
