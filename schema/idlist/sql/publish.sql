-- Makes changes visible: the heads of some lists.
-- Writes: idlists. Safe to re-run: replaced by list and version.
INSERT INTO idlists (list, epoch, file, created_at, floor, lines, count, version, changed_at, deleted)
SELECT h.1, h.2, h.3, fromUnixTimestamp64Milli(h.4, 'UTC'), fromUnixTimestamp64Milli(h.5, 'UTC'), h.6, h.7, h.8, now64(3), h.9
FROM (SELECT arrayJoin({heads:Array(Tuple(String, UInt64, UInt64, Int64, Int64, UInt64, UInt64, UInt64, Bool))}) AS h)
