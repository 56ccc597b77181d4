-- A fragment, in the place of a table: what units of a question did on each day.
-- source: rows (place, unit_id, at, since, numerator, denominator, items, dim), from source_days.sql or source_events.sql. cohort: the units
-- (cohort.sql).
(/* source: */ SELECT 1 AS place, '' AS unit_id, 0 AS at, 0 AS since, 0. AS numerator, 0. AS denominator, [(0, 0, 0.)] AS items, '' AS dim /* :source */) AS source
INNER JOIN (/* cohort: */ SELECT '' AS unit_id, 1 AS unit, 1 AS arm, 0 AS first_day, '' AS unit_slice /* :cohort */) AS cohort USING (unit_id)
