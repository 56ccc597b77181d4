-- The engine's clock in microseconds, or one more than the last instant this runner used: instants only grow.
-- Reads nothing. Safe to run at any time.
SELECT greatest(toUnixTimestamp64Micro(now64(6)), {after:Int64} + 1)
