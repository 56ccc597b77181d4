-- Every unit of an experiment that counts, with what it did since its exposure, for one metric.
-- Reads: first_exposures, unit_days (published runs only, see windows). Safe to run at any time.
-- units: stands for schema/fragment/units.sql.
SELECT cityHash64(unit_id) AS hash, if({participation:Bool}, toFloat64(days > 0), numerators) AS x, denominators AS y
FROM
(
    SELECT unit_id FROM (/* units: */ SELECT '' AS unit_id, true AS counts /* :units */) WHERE counts
) AS cohort
LEFT JOIN
(
    SELECT unit_id, sum(numerator) AS numerators, sum(denominator) AS denominators, count() AS days
    FROM unit_days
    WHERE scope = {scope:String} AND since >= 0
      AND (scope, day, run) IN (SELECT scope, day, argMax(run, (windows.started_at, run)) FROM windows WHERE scope = {scope:String} GROUP BY scope, day)
    GROUP BY unit_id
) AS done USING (unit_id)
