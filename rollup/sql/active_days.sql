-- Which units did anything on some days.
-- Reads: events, duplicates, rollup_watermarks. Writes: active_days, under a run number of its own.
-- Safe to re-run because nobody reads a run before it is published.
INSERT INTO active_days (unit_type, unit, day, run)
SELECT unit.1, reinterpretAsUInt128(sipHash128(unit.2)), metric_day, {run:UInt64}
FROM
(
    SELECT toDate(time, {zone:String}) AS metric_day,
           arrayFilter(unit -> unit.2 != '', arrayConcat(
               [('userid', user_id), ('anonymousid', anonymous_id)],
               arrayMap((type, id) -> (toString(type), id), mapKeys(unit_ids), mapValues(unit_ids)))) AS units
    FROM events
    WHERE audience = '' AND /* counted: */ 1 /* :counted */
)
ARRAY JOIN units AS unit
GROUP BY ALL
