-- The metrics of what users do as they are published, beside what the active days of each unit say, the plain and slow way: each unit with each
-- day, and how many of its days lie around it. verify_active.sql compares the active days themselves.
-- Reads: active_days, metric_days, windows. Safe to run at any time.
SELECT metric AS what, unit_type, toUInt16(at_day) AS at, kept, raw
FROM
(
    SELECT metric, toString(unit_type) AS unit_type, day AS at_day, [numerator, denominator, toFloat64(units)] AS kept
    FROM metric_days
    WHERE endsWith(metric, '::user@0') AND day BETWEEN toDate({from:UInt16}) AND toDate({to:UInt16})
      AND (concat('metric/', metric), day, run) IN
      (
          SELECT scope, day, argMax(run, (started_at, run)) FROM windows WHERE endsWith(scope, '::user@0') GROUP BY scope, day
      )
) AS published
FULL OUTER JOIN
(
    SELECT concat(term.1, '::user@0') AS metric, unit_type, at_day, [sum(toFloat64(term.2)), sum(toFloat64(term.3)), toFloat64(countIf(term.2 > 0 OR term.3 > 0))] AS raw
    FROM
    (
        SELECT unit_type, at_day, arrayJoin([
            ('daily_active_user', d0, 0), ('weekly_active_user', d0_6 > 0, 0), ('monthly_active_user', d0_27 > 0, 0),
            ('new_dau', age = 0, 0), ('new_wau', age < 7, 0), ('new_mau_28d', age < 28, 0), ('returning_dau', d0 AND age > 0, 0),
            ('daily_user_stickiness', d1 AND d0, d1), ('weekly_user_stickiness', d7_13 > 0 AND d0_6 > 0, d7_13 > 0), ('monthly_user_stickiness', d28_55 > 0 AND d0_27 > 0, d28_55 > 0),
            ('d1_retention_rate', age = 1 AND d0, age = 1), ('WAU @ D14 Retention Rate', age = 13 AND d0_6 > 0, age = 13), ('MAU @ D56 Retention Rate', age = 55 AND d0_27 > 0, age = 55),
            ('L7', d0_6, d0_6 > 0), ('L14', d0_13, d0_13 > 0), ('L28', d0_27, d0_27 > 0)
        ]) AS term
        FROM
        (
            SELECT unit_type, toDate(at) AS at_day, max(at - done) AS age, countIf(done = at) AS d0, countIf(done = at - 1) AS d1, countIf(done BETWEEN at - 6 AND at) AS d0_6,
                   countIf(done BETWEEN at - 13 AND at) AS d0_13, countIf(done BETWEEN at - 27 AND at) AS d0_27, countIf(done BETWEEN at - 13 AND at - 7) AS d7_13,
                   countIf(done BETWEEN at - 55 AND at - 28) AS d28_55
            FROM
            (
                SELECT toString(unit_type) AS unit_type, unit, toInt32(toUInt16(day)) AS done
                FROM active_days
                WHERE day <= toDate({to:UInt16})
                  AND (day, run) IN (SELECT day, argMax(run, (started_at, run)) FROM windows WHERE scope = 'active' GROUP BY day)
            ) AS did
            CROSS JOIN (SELECT toInt32(arrayJoin(range({from:UInt16}, {to:UInt16} + 1))) AS at) AS days
            GROUP BY unit_type, unit, at
            HAVING age >= 0
        )
    )
    GROUP BY metric, unit_type, at_day
    HAVING raw[1] + raw[2] > 0
) AS counted USING (metric, unit_type, at_day)
ORDER BY what, unit_type, at
