-- How many units of a question were first exposed on each day, by group and slice of the units.
-- Reads: first_exposures, exposures (when the user's properties are asked for). Safe to run at any time.
-- cohort: the units asked for (cohort.sql).
SELECT toString(unit_group) AS group_id, unit_slice AS slice, toUInt16(first_day) AS day, count() AS units
FROM (/* cohort: */ SELECT '' AS unit_id, '' AS unit_group, 0 AS first_day, '' AS unit_slice /* :cohort */)
GROUP BY group_id, slice, day
ORDER BY day, group_id, slice
