-- Removes rows of runs that are not published and too old to become so: a run that is older than the grace refuses to
-- publish itself. Run numbers begin with their start, so age is a comparison.
-- Reads: windows. Writes: unit_days. Safe to re-run because what it removes is read by nobody.
DELETE FROM unit_days
WHERE run < {before:UInt64} AND (scope, day, run) NOT IN
(
    SELECT scope, day, argMax(run, (started_at, run)) FROM windows GROUP BY scope, day
)
