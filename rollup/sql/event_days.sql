-- Totals of every event name on some days, for every unit type that the events carry, and for all events ('').
-- Audience calls are not events of users: they change lists.
-- Reads: events, duplicates, rollup_watermarks. Writes: event_days, under a run number of its own.
-- Safe to re-run because nobody reads a run before it is published.
INSERT INTO event_days (name, unit_type, day, run, events, units, value_events, value_sum, first_time, last_time)
SELECT name, unit_type, metric_day, {run:UInt64}, sum(unit_events), if(unit_type = '', 0, count()), sum(unit_values), sum(unit_sum), min(unit_first), max(unit_last)
FROM
(
    SELECT name, unit.1 AS unit_type, metric_day, sipHash128(unit.2) AS unit_hash,
           count() AS unit_events, countIf(isFinite(value)) AS unit_values, sumIf(ifNull(value, 0), isFinite(value)) AS unit_sum,
           min(time) AS unit_first, max(time) AS unit_last
    FROM
    (
        SELECT name, value, time, toDate(time, {zone:String}) AS metric_day,
               arrayConcat([('', '')], arrayFilter(unit -> unit.2 != '', arrayConcat(
                   [('userid', user_id), ('anonymousid', anonymous_id)],
                   arrayMap((type, id) -> (toString(type), id), mapKeys(unit_ids), mapValues(unit_ids))))) AS units
        FROM events
        WHERE audience = '' AND /* counted: */ 1 /* :counted */
    )
    ARRAY JOIN units AS unit
    GROUP BY name, unit_type, metric_day, unit_hash
)
GROUP BY name, unit_type, metric_day
