-- Notes a wish to load results.
-- Writes: pulse_loads. Safe to re-run because a row is replaced by its key.
INSERT INTO pulse_loads (experiment, id, creator, created_at, reload_type, scopes, metric_ids, first_day, last_day, finished_at, state)
SELECT {experiment:String}, {id:String}, {creator:String}, now64(6), {reload_type:String}, {scopes:Array(String)}, {metric_ids:Array(String)}, toDate({first:UInt16}), toDate({last:UInt16}),
       if({state:String} = '', fromUnixTimestamp64Micro(0, 'UTC'), now64(6)), {state:String}
