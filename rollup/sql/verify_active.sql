-- How many units did anything on each day, and a sum over who they are, as it is published, beside what the raw events say.
-- Reads: events, rollup_watermarks, active_days, windows. Safe to run at any time.
-- raw: stands for raw.sql.
SELECT 'active units' AS what, unit_type, toUInt16(at_day) AS at, kept, raw
FROM
(
    SELECT toString(unit_type) AS unit_type, day AS at_day, [toFloat64(count()), toFloat64(sum(toUInt64(unit % 1000003)))] AS kept
    FROM active_days
    WHERE day BETWEEN toDate({from:UInt16}) AND toDate({to:UInt16})
      AND (day, run) IN (SELECT day, argMax(run, (started_at, run)) FROM windows WHERE scope = 'active' GROUP BY day)
    GROUP BY unit_type, at_day
) AS published
FULL OUTER JOIN
(
    SELECT unit_type, at_day, [toFloat64(count()), toFloat64(sum(toUInt64(reinterpretAsUInt128(sipHash128(unit)) % 1000003)))] AS raw
    FROM
    (
        SELECT DISTINCT who.1 AS unit_type, who.2 AS unit, metric_day AS at_day
        FROM (/* raw: */ SELECT *, toDate(0) AS metric_day, [('', '')] AS units FROM events /* :raw */)
        ARRAY JOIN units AS who
        WHERE audience = ''
    )
    GROUP BY unit_type, at_day
) AS counted USING (unit_type, at_day)
ORDER BY unit_type, at
