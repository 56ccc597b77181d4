-- A fragment, a join: the group that each unit has in another experiment. Units that do not count there are left out.
-- units: schema/fragment/units.sql, with parameters of its own.
INNER JOIN
(
    SELECT unit_id, unit_group AS other_group
    FROM (/* units: */ SELECT '' AS unit_id, '' AS unit_group, true AS counts /* :units */)
    WHERE counts
) AS others ON others.unit_id = known.unit_id
