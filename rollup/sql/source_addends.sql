-- A fragment, in the place of a table: what each event adds to the metrics that its name says, for units of a question, from the first
-- exposure on and on the days before the day of that. One row an event and metric.
-- Reads: events, duplicates, rollup_watermarks, and what cohort reads.
-- unit: stands for the column of the experiment's ID type, mapping: for a join that finds a unit by another ID. cohort: the units (cohort.sql).
-- named: stands for whose names are asked for. dispatch: stands for the addends that an event goes to, added: for what it adds, x: and y: for what that is of the metric's two numbers
-- (addend.go). after: is what is after exposure. dim: is a property that tells events apart, only: what else must hold of them.
-- counted: stands for counted.sql. early_days: how many days before exposure are looked at, windowed: how many of those each metric does.
(
    SELECT {addend_places:Array(UInt16)}[addend] AS place, unit, arm, first_day, unit_slice, dim, at, since,
           /* x: */ 0. /* :x */ AS numerator, /* y: */ 0. /* :y */ AS denominator
    FROM
    (
        SELECT /* addend: */ addend /* :addend */, unit, arm, first_day, unit_slice, dim, at, at - first_day AS since, /* added: */ toNullable(1.) /* :added */ AS added
        FROM
        (
            SELECT *, toInt32(toUInt16(toDate(time, {zone:String}))) AS at, /* unit: */ user_id /* :unit */ AS unit_id, /* dim: */ '' /* :dim */ AS dim
            FROM events /* mapping: */ /* :mapping */
            WHERE time < fromUnixTimestamp64Milli({end:Int64}, 'UTC') AND /* named: */ name IN {events:Array(String)} /* :named */
              /* only: */ /* :only */ AND /* counted: */ 1 /* :counted */
        ) AS happened
        INNER JOIN (/* cohort: */ SELECT '' AS unit_id, 1 AS unit, 1 AS arm, 0 AS first_day, now64(3) AS exposed_at, '' AS unit_slice /* :cohort */) AS cohort USING (unit_id)
        /* dispatch: */ ARRAY JOIN [1] AS addend /* :dispatch */
        WHERE /* after: */ time >= exposed_at /* :after */ OR since BETWEEN -toInt32({early_days:UInt16}) AND -1
    )
    WHERE isNotNull(added) /* windowed: */ /* :windowed */
)
