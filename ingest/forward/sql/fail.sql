-- Writes down what a destination refused for good.
-- Writes: forward_failures. Safe to re-run because rows are replaced by address.
INSERT INTO forward_failures (destination, failed_at, spool_id, position, origin, message_id, name, reason, detail, sample)
SELECT {destination:String}, fromUnixTimestamp64Milli({at:Int64}, 'UTC'), f.1, f.2, f.3, f.4, f.5, f.6, f.7, f.8
FROM (SELECT arrayJoin({failures:Array(Tuple(UInt64, UInt64, String, String, String, String, String, String))}) AS f)
