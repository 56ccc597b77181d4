-- The loads of an experiment's results that were asked for, the newest first.
-- Reads: pulse_loads. Safe to run at any time.
SELECT id, creator, toUnixTimestamp64Micro(created_at) AS created, reload_type, scopes, metric_ids, toUInt16(first_day) AS first, toUInt16(last_day) AS last,
       toUnixTimestamp64Milli(finished_at) AS finished, state
FROM pulse_loads FINAL
WHERE experiment = {experiment:String}
ORDER BY created DESC
