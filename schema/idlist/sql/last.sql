-- The last number of a change that was ever begun, the last instant that one was given, and the last that is published.
-- Reads: idlist_changes, idlist_effects, idlists. Safe to run at any time.
SELECT greatest(published, (SELECT max(version) FROM idlist_changes), effects.1) AS begun,
       greatest(toUnixTimestamp64Milli(effects.2), toUnixTimestamp64Milli((SELECT max(floor) FROM idlists))) AS stamp,
       (SELECT max(version) FROM idlists) AS published
FROM (SELECT (max(version), max(time)) AS effects FROM idlist_effects)
