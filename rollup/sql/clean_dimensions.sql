-- Removes rows of runs that are not published and too old to become so, as clean_units.sql does.
-- Reads: windows. Writes: dimension_days. Safe to re-run because what it removes is read by nobody.
DELETE FROM dimension_days
WHERE run < {before:UInt64} AND (concat('metric/', metric), day, run) NOT IN
(
    SELECT scope, day, argMax(run, (started_at, run)) FROM windows WHERE startsWith(scope, 'metric/') GROUP BY scope, day
)
