-- What every unit that counts did on each day, for each metric of an experiment, as the rollup keeps it: all that results are
-- made of. Days before the first exposure have negative days_since_exposure. items are what two numbers cannot carry (distinct
-- keys, values of percentiles, steps of funnels): time in ms, key, value.
-- Reads: first_exposures, unit_days (published runs only, see windows). Safe to run at any time.
-- units: stands for schema/fragment/units.sql.
SELECT toString(day) AS pst_ds, unit_id, {types:Array(String)}[place] AS metric_type, {names:Array(String)}[place] AS metric_name,
       '!statsig_topline' AS metric_dimension, if({quotients:Array(UInt8)}[place] = 1, if(denominator = 0, NULL, numerator / denominator), numerator) AS metric_value,
       numerator, denominator, since AS days_since_exposure, toString(unit_group) AS group_id, toJSONString(items) AS items
FROM
(
    SELECT indexOf({scopes:Array(String)}, scope) AS place, day, unit_id, since, numerator, denominator, items
    FROM unit_days
    WHERE scope IN {scopes:Array(String)} AND day <= {until:Date}
      AND (scope, day, run) IN
          (SELECT scope, day, argMax(run, (windows.started_at, run)) FROM windows WHERE scope IN {scopes:Array(String)} GROUP BY scope, day)
) AS kept
INNER JOIN
(
    SELECT unit_id, unit_group
    FROM (/* units: */ SELECT '' AS unit_id, '' AS unit_group, true AS counts /* :units */)
    WHERE counts
) AS cohort USING (unit_id)
ORDER BY pst_ds, metric_name, metric_type, unit_id
