-- Removes the first exposures of units that are to be forgotten.
-- Writes: first_exposures. Safe to re-run because what is gone is not found again.
ALTER TABLE first_exposures DELETE
WHERE toUnixTimestamp64Milli(first_time) < transform(concat(transform(experiment, {experiments:Array(String)}, {unit_types:Array(String)}, ''), ' ', lower(hex(SHA256(unit_id)))), {units:Array(String)}, {befores:Array(Int64)}, toInt64(0))
SETTINGS mutations_sync = 2
