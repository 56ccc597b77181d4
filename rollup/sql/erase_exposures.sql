-- Removes the raw exposures of units that are to be forgotten, of loads that are absorbed.
-- Writes: exposures. Safe to re-run because what is gone is not found again.
-- erased: stands for whether a row is one of theirs.
ALTER TABLE exposures DELETE WHERE /* erased: */ 0 /* :erased */ SETTINGS mutations_sync = 2
