-- Takes raw Segment calls apart in SQL, one a line: what one does who has no way in of his own.
-- Reads: the lines of the insert. Writes: events.
INSERT INTO events (spool_id, batch_seq, position, day, time, original_time, sent_time, received_time, time_guessed, source, source_kind,
                    kind, name, event, message_id, user_id, anonymous_id, unit_ids, group_id, previous_id, value, environment, properties,
                    traits, user_properties, context, integrations, extra, library)
SELECT 1, 1, rowNumberInAllBlocks(), toDate(ifNull(at, now64(3, 'UTC'))), ifNull(at, now64(3, 'UTC')), at, NULL, now64(3, 'UTC'), false, 'bench', 'segment',
       JSONExtractString(line, 'type') AS type,
       multiIf(type = 'track', concat('segment::', called), type IN ('page', 'screen'), concat('segment::', type, ':', called), concat('segment::', type)),
       multiIf(type IN ('page', 'screen'), JSONExtractString(line, 'name'), JSONExtractString(line, 'event')) AS called,
       JSONExtractString(line, 'messageId'), JSONExtractString(line, 'userId'), JSONExtractString(line, 'anonymousId'),
       mapFromArrays(arrayFilter((x, n) -> n % 2 = 1, ids, arrayEnumerate(ids)), arrayFilter((x, n) -> n % 2 = 0, ids, arrayEnumerate(ids))),
       JSONExtractString(line, 'groupId'), JSONExtractString(line, 'previousId'),
       coalesce(JSONExtract(line, 'properties', 'revenue', 'Nullable(Float64)'), JSONExtract(line, 'properties', 'value', 'Nullable(Float64)')),
       'production', if(JSONHas(line, 'properties', 'statsigCustomIDs'), '', JSONExtractRaw(line, 'properties')),
       JSONExtractRaw(line, 'traits'), '', JSONExtractRaw(line, 'context'), JSONExtractRaw(line, 'integrations'), '',
       concat(JSONExtractString(line, 'context', 'library', 'name'), '/', JSONExtractString(line, 'context', 'library', 'version'))
FROM
(
    SELECT line, parseDateTime64BestEffortOrNull(JSONExtractString(line, 'timestamp'), 3, 'UTC') AS at, JSONExtract(line, 'properties', 'statsigCustomIDs', 'Array(String)') AS ids
    FROM input('line String')
    WHERE line != ''
)
FORMAT LineAsString
