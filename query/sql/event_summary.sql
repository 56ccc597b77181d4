-- For each event name and metric day: how many events, and how many distinct units of a type; of one name, or ('') of any.
-- Reads: event_days (published runs only, see windows). Safe to run at any time.
SELECT name, toString(day) AS date, toUInt64(sumIf(events, unit_type = '')) AS events, toUInt64(sumIf(units, unit_type = {unit:String})) AS units,
       toInt64(min(toUnixTimestamp64Milli(first_time))) AS first_seen, toInt64(max(toUnixTimestamp64Milli(last_time))) AS last_seen
FROM event_days
WHERE day BETWEEN {from:Date} AND {to:Date} AND unit_type IN ('', {unit:String}) AND ({name:String} = '' OR name = {name:String})
  AND (day, run) IN (SELECT day, argMax(run, (started_at, run)) FROM windows WHERE scope = 'events' AND day BETWEEN {from:Date} AND {to:Date} GROUP BY day)
GROUP BY name, day
ORDER BY name, day
