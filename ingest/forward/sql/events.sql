-- The events of a stretch of one spool's loads that a destination wants, in the order in which they came. identity: the first unit that
-- is not empty; where none of the mapped ones is there, the first custom one under its type's name, because Segment takes no call without.
-- Reads: events. Safe to run at any time.
SELECT batch_seq, position, 'events' AS origin, toUnixTimestamp64Milli(time) AS at, toUnixTimestamp64Milli(received_time) AS received,
       toString(source_kind) AS wire, toString(name) AS shown, toString(events.event) AS event_name, message_id,
       user_id, if(empty(unit_ids), '', toJSONString(unit_ids)) AS custom_ids, unit_ids['stableid'] AS stable_id,
       arrayFirst(id -> id != '', arrayMap(t -> multiIf(t = 'userid', user_id, t = 'anonymousid', anonymous_id, unit_ids[t]), {to_user:Array(String)})) AS to_user,
       arrayFirst(id -> id != '', arrayMap(t -> multiIf(t = 'userid', user_id, t = 'anonymousid', anonymous_id, unit_ids[t]), {to_anonymous:Array(String)})) AS to_anonymous,
       if(empty(unit_ids), '', concat(arraySort(mapKeys(unit_ids))[1], ':', unit_ids[arraySort(mapKeys(unit_ids))[1]])) AS to_other,
       if(isNull(value), '', toString(value)) AS number, toString(environment) AS tier, properties AS metadata, user_properties, extra,
       toString(library) AS sender
FROM events
WHERE spool_id = {spool:UInt64} AND batch_seq BETWEEN {from:UInt64} AND {to:UInt64}
  AND (batch_seq > {from:UInt64} OR position >= {next:UInt64})
  AND day BETWEEN toDate({first_day:UInt16}) AND toDate({last_day:UInt16})
  AND received_time >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')
  AND ({segment:Bool} OR source_kind != 'segment')
  AND (has({included:Array(String)}, name) OR {include_new:Bool} AND NOT has({excluded:Array(String)}, name))
ORDER BY batch_seq, position
LIMIT {limit:UInt64}
