-- Says that days of an experiment, or of some of its metrics, have to be computed again.
-- Writes: dirty_days. Safe to re-run because a mark is replaced by a younger one, and one mark too many costs work only.
INSERT INTO dirty_days (scope, day)
SELECT arrayJoin(if(empty({scopes:Array(String)}), [{experiment:String}], {scopes:Array(String)})), toDate(arrayJoin(range({first:UInt16}, {last:UInt16} + 1)))
