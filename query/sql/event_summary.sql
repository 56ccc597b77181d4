-- For each event name and metric day: how many events, and how many distinct units of a type, duplicates left out; of one name, or ('') of
-- any. Only production counts, as in metrics.
-- Reads: events of the days, duplicates of the days. Safe to run at any time.
SELECT name, toString(metric_day) AS date, toUInt64(count()) AS events, toUInt64(uniqExactIf(unit, unit != '')) AS units,
       toInt64(min(toUnixTimestamp64Milli(time))) AS first_seen, toInt64(max(toUnixTimestamp64Milli(time))) AS last_seen
FROM
(
    SELECT name, time, toDate(time, {zone:String}) AS metric_day,
           multiIf({unit:String} = 'userid', user_id, {unit:String} = 'anonymousid', anonymous_id, unit_ids[{unit:String}]) AS unit
    FROM events
    WHERE day >= {from:Date} - 1 AND ({name:String} = '' OR name = {name:String}) AND environment = 'production'
      AND (spool_id, position) NOT IN (SELECT spool_id, position FROM duplicates WHERE day >= {from:Date} - 1)
)
WHERE metric_day >= {from:Date} AND metric_day <= {to:Date}
GROUP BY name, metric_day
ORDER BY name, metric_day
