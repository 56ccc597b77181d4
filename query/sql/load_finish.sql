-- Notes how a load ended.
-- Reads: pulse_loads. Writes: pulse_loads. Safe to re-run because a row is replaced by its key.
INSERT INTO pulse_loads (experiment, id, creator, created_at, reload_type, scopes, metric_ids, first_day, last_day, finished_at, state)
SELECT experiment, id, creator, created_at, reload_type, scopes, metric_ids, first_day, last_day, now64(6), {state:String}
FROM pulse_loads FINAL
WHERE experiment = {experiment:String} AND id = {id:String}
