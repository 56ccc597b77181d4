-- Keeps what every exposed unit did on some days, for some metrics of one experiment.
-- Reads: events, duplicates, first_exposures. Writes: unit_days, under a run number of its own.
-- Safe to re-run because nobody reads a run before publish.sql has named it.
-- source: stands for source_events.sql.
INSERT INTO unit_days (scope, day, run, unit_id, since, numerator, denominator, items)
SELECT {scopes:Array(String)}[place], toDate(at), {run:UInt64}, unit_id, since, numerator, denominator, items
FROM (/* source: */ SELECT 1 AS place, 0 AS at, '' AS unit_id, 0 AS since, 0. AS numerator, 0. AS denominator, CAST([], 'Array(Tuple(UInt64, UInt64, Float64))') AS items /* :source */)
