-- A fragment, for a subquery: what the events of some metric days add to some metrics, a row for each event and metric.
-- Reads: events, duplicates.
-- terms: stands for one tuple a metric (terms.go), found: for a property that tells events apart, counted: for counted.sql.
SELECT metric_day, time, units, found, arrayJoin(terms) AS term
FROM
(
    SELECT toDate(time, {zone:String}) AS metric_day, time, CAST(NULL AS Nullable(DateTime64(3, 'UTC'))) AS exposed_at,
           arrayFilter(unit -> unit.2 != '', arrayConcat(
               [('userid', user_id), ('anonymousid', anonymous_id)],
               arrayMap((type, id) -> (toString(type), id), mapKeys(unit_ids), mapValues(unit_ids)))) AS units,
           /* found: */ '' /* :found */ AS found,
           arrayFilter(term -> isNotNull(term.2) OR isNotNull(term.3), [
               /* terms: */ (toUInt16(1), toNullable(1.), CAST(NULL AS Nullable(Float64)), toUInt64(0)) /* :terms */
           ]) AS terms
    FROM events
    WHERE ({any_event:Bool} AND audience = '' OR name IN {events:Array(String)}) AND /* counted: */ 1 /* :counted */
)
