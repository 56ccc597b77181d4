-- Values of metrics by day, of one unit type or of all (''), for days that were computed: one row for a metric and day at least,
-- also where nothing happened (unit type '' then). Defined metrics and user metrics lie in metric_days, those that every event
-- has in event_days. A page of metrics is one query.
-- Reads: windows, metric_days, event_days: only rows of the newest published run count. Safe to run at any time.
WITH
    published AS
    (
        SELECT scope, day, argMax(windows.run, (started_at, windows.run)) AS run, max(started_at) AS as_of
        FROM windows
        WHERE scope IN {scopes:Array(String)} AND day BETWEEN {from:Date} AND {to:Date}
        GROUP BY scope, day
    ),
    wanted AS
    (
        SELECT metric, scope FROM (SELECT 1) ARRAY JOIN {metrics:Array(String)} AS metric, {scopes:Array(String)} AS scope
    ),
    found AS
    (
        SELECT metric, unit_type, day, run, value, numerator, denominator, units, input_rows
        FROM metric_days
        WHERE metric IN {metrics:Array(String)} AND ({unit_type:String} = '' OR unit_type = {unit_type:String}) AND day BETWEEN {from:Date} AND {to:Date}
        UNION ALL
        SELECT concat(name, '::', kind.1, '@0') AS metric, unit_type, day, run, kind.2, kind.3, kind.4, units, kind.5
        FROM event_days
        ARRAY JOIN [
            ('event_count', toFloat64(events), toFloat64(events), 0., events),
            ('event_dau', toFloat64(units), toFloat64(units), 0., events),
            ('event_value_sum', value_sum, value_sum, 0., value_events),
            ('event_value_mean', if(value_events = 0, nan, value_sum / value_events), value_sum, toFloat64(value_events), value_events)
        ] AS kind
        WHERE name IN {event_names:Array(String)} AND unit_type != '' AND ({unit_type:String} = '' OR unit_type = {unit_type:String})
          AND day BETWEEN {from:Date} AND {to:Date} AND concat(name, '::', kind.1, '@0') IN {metrics:Array(String)}
    )
SELECT metric, toString(day) AS date, unit_type, if(isFinite(value), value, NULL) AS value, numerator, denominator, units, input_rows, as_of
FROM (SELECT metric, day, run, as_of FROM wanted INNER JOIN published USING (scope)) AS known
LEFT JOIN found USING (metric, day, run)
ORDER BY metric, date, unit_type
