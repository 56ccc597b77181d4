-- What each event of some days adds to one metric for each of its units, the plain and slow way: which copy of a message counts is
-- found among the raw rows themselves, not in the tables that rollups use.
-- Reads: events, rollup_watermarks. Safe to run at any time.
-- hash: stands for what tells copies of equal time apart (absorb_ids.sql); terms: for the metric's tuple (terms.go);
-- readable: for readable.sql.
WITH seen AS (SELECT * FROM events WHERE /* readable: */ 1 /* :readable */)
SELECT who.1 AS unit_type, who.2 AS unit, toUInt16(metric_day) AS at, toUnixTimestamp64Milli(time) AS ms, term.2 AS x, term.3 AS y, term.4 AS key
FROM
(
    SELECT *, toDate(time, {zone:String}) AS metric_day, CAST(NULL AS Nullable(DateTime64(3, 'UTC'))) AS exposed_at,
           /* terms: */ (toUInt16(1), toNullable(1.), CAST(NULL AS Nullable(Float64)), toUInt64(0)) /* :terms */ AS term
    FROM seen
    WHERE day BETWEEN toDate({utc_from:UInt16}) AND toDate({utc_to:UInt16})
      AND toDate(time, {zone:String}) BETWEEN toDate({scan_from:UInt16}) AND toDate({scan_to:UInt16}) AND environment = 'production'
      AND (NOT {any_event:Bool} OR audience = '')
      AND (spool_id, position) IN
      (
          SELECT copy.1, copy.2
          FROM
          (
              SELECT argMin((spool_id, position), (time, /* hash: */ 0 /* :hash */, spool_id, position)) AS copy
              FROM seen
              WHERE message_id IN
              (
                  SELECT message_id FROM seen WHERE day BETWEEN toDate({utc_from:UInt16}) AND toDate({utc_to:UInt16})
              )
              GROUP BY message_id
          )
      )
)
ARRAY JOIN arrayFilter(unit -> unit.2 != '', arrayConcat([('userid', user_id), ('anonymousid', anonymous_id)],
    arrayMap((type, id) -> (toString(type), id), mapKeys(unit_ids), mapValues(unit_ids)))) AS who
WHERE isNotNull(x) OR isNotNull(y)
ORDER BY unit_type, unit, ms, key
