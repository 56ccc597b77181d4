-- Makes a claim to write ID lists, moves it on, or with 0 milliseconds gives it up.
-- Writes: idlist_leases. Safe to re-run: of one owner's rows the newest counts.
INSERT INTO idlist_leases (owner, name, since, expires_at)
SELECT {owner:String}, {name:String}, if({since:Int64} = 0, now64(6), fromUnixTimestamp64Micro({since:Int64}, 'UTC')), now64(3) + toIntervalMillisecond({milliseconds:Int64})
