-- Says that days of a scope changed.
-- Writes: dirty_days. Safe to re-run because a mark is replaced by a younger one, and one mark too many costs work only.
INSERT INTO dirty_days (scope, day, marked_at)
SELECT {scope:String}, toDate(arrayJoin({days:Array(UInt16)})), fromUnixTimestamp64Micro({at:Int64}, 'UTC')
