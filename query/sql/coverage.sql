-- How many exposed units any event carries, and of each event name how many there are and how many carry the ID type; of any
-- event under the name *.
-- Reads: first_exposures, events since the experiment's start. Safe to run at any time.
-- units: schema/fragment/units.sql. unit: stands for the column of the experiment's ID type.
WITH
    carried AS
    (
        SELECT name, /* unit: */ user_id /* :unit */ AS unit_id, count() AS n, countIf(audience = '') AS of_any
        FROM events
        WHERE day >= toDate(fromUnixTimestamp64Milli({start:Int64}, 'UTC')) AND time < fromUnixTimestamp64Milli({end:Int64}, 'UTC')
          AND environment = 'production'
        GROUP BY name, unit_id
    )
SELECT name, sum(n) AS events, sumIf(n, unit_id != '') AS with_id, 0 AS exposed, 0 AS matchable
FROM carried
WHERE name IN {events:Array(String)}
GROUP BY name
UNION ALL
SELECT '*' AS name, sum(of_any) AS events, sumIf(of_any, unit_id != '') AS with_id, 0 AS exposed, 0 AS matchable
FROM carried
UNION ALL
SELECT '' AS name, 0, 0, count() AS exposed, countIf(unit_id IN (SELECT unit_id FROM carried)) AS matchable
FROM (SELECT unit_id FROM (/* units: */ SELECT '' AS unit_id, true AS counts /* :units */) WHERE counts)
