-- Totals of events as they are published, beside what the raw events say: events, units, events with a value, sum of values.
-- Reads: events, rollup_watermarks, event_days, windows. Safe to run at any time.
-- raw: stands for raw.sql.
SELECT name AS what, unit_type, toUInt16(at_day) AS at, kept, raw
FROM
(
    SELECT toString(name) AS name, toString(unit_type) AS unit_type, day AS at_day, [toFloat64(events), toFloat64(units), toFloat64(value_events), value_sum] AS kept
    FROM event_days
    WHERE day BETWEEN toDate({from:UInt16}) AND toDate({to:UInt16})
      AND (day, run) IN (SELECT day, argMax(run, (started_at, run)) FROM windows WHERE scope = 'events' GROUP BY day)
) AS published
FULL OUTER JOIN
(
    SELECT toString(name) AS name, who.1 AS unit_type, metric_day AS at_day,
           [toFloat64(count()), toFloat64(uniqExactIf(who.2, unit_type != '')), toFloat64(countIf(isFinite(value))), sumIf(ifNull(value, 0), isFinite(value))] AS raw
    FROM (/* raw: */ SELECT *, toDate(0) AS metric_day, [('', '')] AS units FROM events /* :raw */)
    ARRAY JOIN arrayPushFront(units, ('', '')) AS who
    WHERE audience = ''
    GROUP BY name, unit_type, at_day
) AS counted USING (name, unit_type, at_day)
ORDER BY what, unit_type, at
