-- The exposures of a stretch of one spool's loads that a destination wants, in the order in which they came; not those that were only
-- unpacked from another one's way. identity as in events.sql.
-- Reads: exposures. Safe to run at any time.
SELECT batch_seq, position, 'exposures' AS origin, toUnixTimestamp64Milli(time) AS at, toUnixTimestamp64Milli(received_time) AS received,
       toString(source_kind) AS wire, toString(kind) AS kind, toString(name) AS shown, toString(layer) AS layer, toString(rule) AS rule,
       toString(rule_name) AS rule_name, toString(exposures.value) AS gate_value, toString(reason) AS reason, message_id,
       user_id, if(empty(unit_ids), '', toJSONString(unit_ids)) AS custom_ids, unit_ids['stableid'] AS stable_id,
       arrayFirst(id -> id != '', arrayMap(t -> multiIf(t = 'userid', user_id, t = 'anonymousid', anonymous_id, unit_ids[t]), {to_user:Array(String)})) AS to_user,
       arrayFirst(id -> id != '', arrayMap(t -> multiIf(t = 'userid', user_id, t = 'anonymousid', anonymous_id, unit_ids[t]), {to_anonymous:Array(String)})) AS to_anonymous,
       if(empty(unit_ids), '', concat(arraySort(mapKeys(unit_ids))[1], ':', unit_ids[arraySort(mapKeys(unit_ids))[1]])) AS to_other,
       toString(environment) AS tier, user_properties, toString(library) AS sender
FROM exposures
WHERE spool_id = {spool:UInt64} AND batch_seq BETWEEN {from:UInt64} AND {to:UInt64}
  AND (batch_seq > {from:UInt64} OR position >= {next:UInt64})
  AND day BETWEEN toDate({first_day:UInt16}) AND toDate({last_day:UInt16})
  AND received_time >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')
  AND ({segment:Bool} OR source_kind != 'segment')
  AND NOT secondary AND has({kinds:Array(String)}, kind)
ORDER BY batch_seq, position
LIMIT {limit:UInt64}
