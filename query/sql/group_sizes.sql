-- Exposed units of each group of an experiment, up to and including a day: how many count, saw more than one group, or were put
-- into their group by hand.
-- Reads: first_exposures. Safe to run at any time.
-- units: stands for schema/fragment/units.sql.
SELECT unit_group AS group_id, countIf(counts) AS counted, countIf(crossover) AS crossovers, countIf(overridden) AS by_hand
FROM (/* units: */ SELECT '' AS unit_group, 0 AS first_day, true AS counts, false AS crossover, false AS overridden /* :units */)
WHERE first_day <= toUInt16({until:Date})
GROUP BY group_id
