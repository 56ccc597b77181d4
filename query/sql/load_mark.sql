-- Says that days of an experiment have to be computed again.
-- Writes: dirty_days. Safe to re-run because a mark is replaced by a younger one, and one mark too many costs work only.
INSERT INTO dirty_days (scope, day)
SELECT {experiment:String}, toDate(arrayJoin(range({first:UInt16}, {last:UInt16} + 1)))
