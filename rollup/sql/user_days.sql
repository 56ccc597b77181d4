-- Active users and what is made of them, per unit type and day, from the days on which each unit did anything. Day 1 of a unit
-- is its first: new_* are units whose day 1 is in the window, "@ D14" looks at days 8 to 14 of those whose day 14 is today.
-- Bit n of ago is whether the unit did anything n days before. All history is read, 20 bytes a unit and day, because a late event may make an old day somebody's first.
-- Reads: active_days (published runs only, see windows). Writes: metric_days, under a run number of its own.
-- Safe to re-run because nobody reads a run before it is published.
INSERT INTO metric_days (metric, unit_type, day, run, value, numerator, denominator, units, input_rows)
SELECT concat(total.1, '::user@0'), unit_type, toDate(d), {run:UInt64},
       if(has({quotients:Array(String)}, total.1), if(y = 0, nan, x / y), x), toFloat64(total.2) AS x, toFloat64(total.3) AS y, total.4, 0
FROM
(
    SELECT unit_type, d, arrayJoin(arrayFilter(total -> total.4 > 0, [
        ('daily_active_user', countIf(day), 0, countIf(day)),
        ('weekly_active_user', countIf(week), 0, countIf(week)),
        ('monthly_active_user', countIf(month), 0, countIf(month)),
        ('new_dau', countIf(age = 0), 0, countIf(age = 0)),
        ('new_wau', countIf(age < 7), 0, countIf(age < 7)),
        ('new_mau_28d', countIf(age < 28), 0, countIf(age < 28)),
        ('returning_dau', countIf(day AND age > 0), 0, countIf(day AND age > 0)),
        ('daily_user_stickiness', countIf(yesterday AND day), countIf(yesterday), countIf(yesterday)),
        ('weekly_user_stickiness', countIf(last_week AND week), countIf(last_week), countIf(last_week)),
        ('monthly_user_stickiness', countIf(last_month AND month), countIf(last_month), countIf(last_month)),
        ('d1_retention_rate', countIf(age = 1 AND day), countIf(age = 1), countIf(age = 1)),
        ('WAU @ D14 Retention Rate', countIf(age = 13 AND week), countIf(age = 13), countIf(age = 13)),
        ('MAU @ D56 Retention Rate', countIf(age = 55 AND month), countIf(age = 55), countIf(age = 55)),
        ('L7', sum(bitCount(among_7)), countIf(week), countIf(week)),
        ('L14', sum(bitCount(among_14)), countIf(among_14 != 0), countIf(among_14 != 0)),
        ('L28', sum(bitCount(among_28)), countIf(month), countIf(month))
    ])) AS total
    FROM
    (
        WITH
            arraySum(at -> if(at BETWEEN d - 63 AND d, bitShiftLeft(toUInt64(1), toUInt8(greatest(d - at, 0))), 0), days) AS ago,
            (a, b) -> bitAnd(ago, bitShiftLeft(bitShiftLeft(toUInt64(1), b - a + 1) - 1, a)) AS among
        SELECT unit_type, d, d - days[1] AS age, among(0, 6) AS among_7, among(0, 13) AS among_14, among(0, 27) AS among_28,
               among(0, 0) != 0 AS day, among_7 != 0 AS week, among_28 != 0 AS month,
               among(1, 1) != 0 AS yesterday, among(7, 13) != 0 AS last_week, among(28, 55) != 0 AS last_month
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
    GROUP BY unit_type, d
)
