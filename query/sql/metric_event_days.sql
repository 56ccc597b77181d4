-- The same of the metrics that every event has.
-- Reads: event_days. Safe to run at any time.
SELECT concat(name, '::', kind.1, '@0') AS metric, toString(day) AS date, run, unit_type, if(isFinite(kind.2), kind.2, NULL) AS value, kind.3 AS numerator, kind.4 AS denominator,
       units, kind.5 AS input_rows
FROM event_days
ARRAY JOIN [
    ('event_count', toFloat64(events), toFloat64(events), 0., events),
    ('event_dau', toFloat64(units), toFloat64(units), 0., events),
    ('event_value_sum', value_sum, value_sum, 0., value_events),
    ('event_value_mean', if(value_events = 0, nan, value_sum / value_events), value_sum, toFloat64(value_events), value_events)
] AS kind
WHERE name IN {event_names:Array(String)} AND unit_type != '' AND ({unit_type:String} = '' OR unit_type = {unit_type:String})
  AND day BETWEEN {from:Date} AND {to:Date} AND concat(name, '::', kind.1, '@0') IN {metrics:Array(String)}
