-- Removes rows of runs that are not published and too old to become so, as clean_units.sql does.
-- Reads: windows. Writes: event_days. Safe to re-run because what it removes is read by nobody.
DELETE FROM event_days
WHERE run < {before:UInt64} AND (day, run) NOT IN (SELECT day, argMax(run, (started_at, run)) FROM windows WHERE scope = 'events' GROUP BY day)
