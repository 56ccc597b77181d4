-- The metric days on which units that are to be forgotten did anything.
-- Reads: events. Safe to run at any time.
-- erased: stands for whether a row is one of theirs.
SELECT arraySort(groupUniqArray(toUInt16(toDate(time, {zone:String}))))
FROM events
WHERE /* erased: */ 0 /* :erased */
