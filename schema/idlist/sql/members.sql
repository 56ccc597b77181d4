-- The new states of a change's units.
-- Reads: idlist_effects. Writes: idlist_members. Safe to re-run: replaced by unit and version.
INSERT INTO idlist_members (epoch, hash, unit_id, member, time, version)
SELECT epoch, hash, unit_id, member, time, version
FROM idlist_effects
WHERE version = {version:UInt64}
