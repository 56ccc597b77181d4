-- The exposures of one experiment, as they were logged. Whom they put where is worked out from that in plain Go (subject.go).
-- Reads: exposures, rollup_watermarks (what the experiment has seen). Safe to run at any time.
-- unit: stands for the column of the experiment's ID type.
SELECT toUnixTimestamp64Milli(time) AS ms, /* unit: */ user_id /* :unit */ AS unit, toString(kind) AS kind, toString(rule) AS rule, toString(rule_name) AS rule_name,
       toString(value) AS value, toString(reason) AS reason, cityHash64({experiment:String}, unit) / 18446744073709551616. AS share
FROM exposures
WHERE lowerUTF8(name) IN (lowerUTF8({id:String}), lowerUTF8({name:String})) AND environment = 'production' AND unit != ''
  AND time >= fromUnixTimestamp64Milli({start:Int64}, 'UTC') AND time < fromUnixTimestamp64Milli({end:Int64}, 'UTC')
  AND batch_seq <= (SELECT CAST((groupArray(spool), groupArray(seq)), 'Map(UInt64, UInt64)') FROM
      (SELECT spool_id AS spool, argMax(batch_seq, updated_at) AS seq FROM rollup_watermarks WHERE job = {job:String} GROUP BY spool_id))[spool_id]
ORDER BY unit, ms
