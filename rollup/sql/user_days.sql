-- Active users and what is made of them, per unit type and day, from the days on which each unit did anything. Day 1 of a unit
-- is its first: new_* are units whose day 1 is in the window, "@ D14" looks at days 8 to 14 of those whose day 14 is today.
-- Bit n of ago is whether the unit did anything n days before. All history is read, 20 bytes a unit and day, because a late event may make an old day somebody's first.
-- Reads: active_days (published runs only, see windows). Writes: metric_days, under a run number of its own.
-- Safe to re-run because nobody reads a run before it is published.
INSERT INTO metric_days (metric, unit_type, day, run, value, numerator, denominator, units, input_rows)
SELECT concat(term.1, '::user@0'), unit_type, toDate(d), {run:UInt64},
       if(has({quotients:Array(String)}, term.1), if(y = 0, nan, x / y), x), sum(term.2) AS x, sum(term.3) AS y, countIf(term.2 > 0 OR term.3 > 0), 0
FROM
(
    WITH
        days[1] AS first_day,
        arraySum(at -> if(at BETWEEN d - 63 AND d, bitShiftLeft(toUInt64(1), toUInt8(greatest(d - at, 0))), 0), days) AS ago,
        (a, b) -> bitAnd(ago, bitShiftLeft(bitShiftLeft(toUInt64(1), b - a + 1) - 1, a)) AS among,
        (a, b) -> among(a, b) != 0 AS active,
        active(0, 0) AS day, active(0, 6) AS week, active(0, 27) AS month, active(1, 1) AS yesterday, active(7, 13) AS last_week, active(28, 55) AS last_month
    SELECT unit_type, d, arrayJoin(arrayFilter(term -> term.2 + term.3 > 0, [
        ('daily_active_user', toFloat64(day), 0.),
        ('weekly_active_user', toFloat64(week), 0.),
        ('monthly_active_user', toFloat64(month), 0.),
        ('new_dau', toFloat64(first_day = d), 0.),
        ('new_wau', toFloat64(first_day BETWEEN d - 6 AND d), 0.),
        ('new_mau_28d', toFloat64(first_day BETWEEN d - 27 AND d), 0.),
        ('returning_dau', toFloat64(day AND first_day < d), 0.),
        ('daily_user_stickiness', toFloat64(yesterday AND day), toFloat64(yesterday)),
        ('weekly_user_stickiness', toFloat64(last_week AND week), toFloat64(last_week)),
        ('monthly_user_stickiness', toFloat64(last_month AND month), toFloat64(last_month)),
        ('d1_retention_rate', toFloat64(first_day = d - 1 AND day), toFloat64(first_day = d - 1)),
        ('WAU @ D14 Retention Rate', toFloat64(first_day = d - 13 AND week), toFloat64(first_day = d - 13)),
        ('MAU @ D56 Retention Rate', toFloat64(first_day = d - 55 AND month), toFloat64(first_day = d - 55)),
        ('L7', toFloat64(bitCount(among(0, 6))), toFloat64(week)),
        ('L14', toFloat64(bitCount(among(0, 13))), toFloat64(active(0, 13))),
        ('L28', toFloat64(bitCount(among(0, 27))), toFloat64(month))
    ])) AS term
    FROM
    (
        SELECT unit_type, days, toInt32(arrayJoin(arrayMap(d -> toInt32(d), range({from:UInt16}, {to:UInt16} + 1)))) AS d
        FROM
        (
            SELECT unit_type, unit, arraySort(groupArray(toInt32(toUInt16(day)))) AS days
            FROM active_days
            WHERE day <= toDate({to:UInt16})
              AND (day, run) IN (SELECT day, argMax(run, (windows.started_at, run)) FROM windows WHERE scope = 'active' AND day <= toDate({to:UInt16}) GROUP BY day)
            GROUP BY unit_type, unit
        )
    )
    WHERE days[1] <= d AND days[-1] >= {from:UInt16} - 55
)
GROUP BY term.1, unit_type, d
