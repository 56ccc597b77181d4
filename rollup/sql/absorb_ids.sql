-- Takes the identities of one spool's new event rows. The hash covers what the copy says, not how it came: not its
-- addresses, its receipt, its sending or the key it came with.
-- Reads: events. Writes: event_ids.
-- Safe to re-run because rows are replaced by (id, address) and everything here is a function of the raw row.
INSERT INTO event_ids (id, spool_id, position, time, row_hash)
SELECT reinterpretAsUInt128(sipHash128(message_id)), spool_id, position, time,
       /* hash: */ sipHash64(toString(kind), toString(name), toString(event), user_id, anonymous_id, arraySort(mapKeys(unit_ids)),
                 arraySort((id, type) -> type, mapValues(unit_ids), mapKeys(unit_ids)), group_id, previous_id, isNull(value),
                 ifNull(value, 0), toString(environment), properties, traits, user_properties, context, integrations, extra,
                 ifNull(toUnixTimestamp64Milli(original_time), 0), toString(library)) /* :hash */
FROM events
WHERE spool_id = {spool:UInt64} AND batch_seq BETWEEN {from:UInt64} AND {to:UInt64}
  AND day BETWEEN toDate({first_day:UInt16}) AND toDate({last_day:UInt16})
