-- The newest instant any runner left behind, in microseconds: a runner starts after it, even if the clock was set back.
-- Reads: dirty_days, windows, moments. Safe to run at any time.
SELECT greatest(
    (SELECT toUnixTimestamp64Micro(max(marked_at)) FROM dirty_days),
    (SELECT toUnixTimestamp64Micro(max(started_at)) FROM windows),
    (SELECT toUnixTimestamp64Micro(max(started_at)) FROM moments))
