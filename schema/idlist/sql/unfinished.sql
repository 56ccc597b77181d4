-- What changes did that no head tells of yet, by list.
-- Reads: idlist_effects. Safe to run at any time.
SELECT version, list, epoch, file, countIf(line != 0) AS new_lines, sum(delta) AS growth, countIf(delta = 1) AS entered, countIf(delta = -1) AS gone
FROM idlist_effects
WHERE version >= {from:UInt64}
GROUP BY version, list, epoch, file
ORDER BY version, list
