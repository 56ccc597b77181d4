-- The events of one unit that the metrics of an experiment are made of, and for each why it counts or not; linked are those that carry a
-- secondary ID only, which belongs to the unit.
-- Reads: events, duplicates, and exposures where there are secondary IDs. Safe to run at any time.
-- unit: and own: stand for the column of the experiment's ID type. links: other events that are the unit's. exposed: the unit's first exposure in ms, 0 without one.
SELECT name, fate, linked, count() AS times, toUnixTimestamp64Milli(min(time)) AS first_time, toUnixTimestamp64Milli(max(time)) AS last_time
FROM
(
    SELECT name, time, /* unit: */ user_id /* :unit */ = '' AS linked,
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
    WHERE ({any_event:Bool} AND audience = '' OR name IN {events:Array(String)}) AND (/* own: */ user_id /* :own */ = {unit_id:String} /* links: */ /* :links */)
)
GROUP BY name, fate, linked
ORDER BY name, fate, linked
