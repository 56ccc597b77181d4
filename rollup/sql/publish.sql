-- Publishes a run of some scopes on some days.
-- Writes: windows. Safe to re-run because a window is replaced by a younger one, and the same run says the same.
INSERT INTO windows (scope, day, run, started_at, complete_to, rows)
SELECT arrayJoin({scopes:Array(String)}), toDate(arrayJoin(range({from:UInt16}, {to:UInt16} + 1))), {run:UInt64},
       fromUnixTimestamp64Micro({started:Int64}, 'UTC'), fromUnixTimestamp64Milli({complete_to:Int64}, 'UTC'), 0
