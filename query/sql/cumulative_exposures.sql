-- Units first exposed on each day, by group: those that count.
-- Reads: first_exposures. Safe to run at any time.
-- units: stands for schema/fragment/units.sql.
SELECT unit_group AS group_id, toString(toDate(first_day)) AS date, count() AS units
FROM (/* units: */ SELECT '' AS unit_group, 0 AS first_day, true AS counts /* :units */)
WHERE counts
GROUP BY group_id, date
ORDER BY date
