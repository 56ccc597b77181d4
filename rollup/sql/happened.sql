-- A fragment, for a subquery: the events of some metric days that happened to any of some metrics, and what each adds to them.
-- Reads: events, duplicates, rollup_watermarks.
-- columns: stands for x1, y1, k1 … of the metrics (fold.go), happened: for whether any of them took the event, found: for a property that
-- tells events apart, counted: for counted.sql.
SELECT toDate(time, {zone:String}) AS metric_day, time, CAST(NULL AS Nullable(DateTime64(3, 'UTC'))) AS exposed_at,
       arrayFilter(unit -> unit.2 != '', arrayConcat(
           [('userid', user_id), ('anonymousid', anonymous_id)],
           arrayMap((type, id) -> (toString(type), id), mapKeys(unit_ids), mapValues(unit_ids)))) AS units,
       /* found: */ '' /* :found */ AS found, /* columns: */ toNullable(1.) AS x1 /* :columns */
FROM events
WHERE ({any_event:Bool} AND audience = '' OR name IN {events:Array(String)}) AND (/* happened: */ isNotNull(x1) /* :happened */) AND /* counted: */ 1 /* :counted */
