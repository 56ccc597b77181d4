-- Raw rows: append only, one row per delivered item, duplicates included. Nothing here is ever updated: which copy of a
-- message counts is decided in 002_identity.sql. (spool_id, position) addresses a row; (spool_id, batch_seq) the load that
-- wrote it, which is what the loader probes for after an uncertain outcome.
--
-- Partition by receipt month: one load never touches a hundred partitions because a client's clock was wrong.
-- ORDER BY day, name: every rollup reads some days of some events; user_id next, because equal ids compress together.
CREATE TABLE IF NOT EXISTS events
(
    spool_id        UInt64                       COMMENT 'the spool that took the request' CODEC(ZSTD(1)),
    batch_seq       UInt64                       COMMENT 'the load that wrote the row' CODEC(Delta, ZSTD(1)),
    position        UInt64                       COMMENT 'spool record << 20 | row: with spool_id the address of the row' CODEC(T64, ZSTD(1)),
    day             Date                         COMMENT 'UTC date of time; the metric day is computed in rollups from the project time zone' CODEC(Delta, ZSTD(1)),
    time            DateTime64(3, 'UTC')         COMMENT 'when it happened, corrected for the client clock, never after receipt' CODEC(T64, ZSTD(1)),
    original_time   Nullable(DateTime64(3, 'UTC')) COMMENT 'the timestamp the client wrote' CODEC(T64, ZSTD(1)),
    sent_time       Nullable(DateTime64(3, 'UTC')) COMMENT 'sentAt of the request' CODEC(T64, ZSTD(1)),
    received_time   DateTime64(3, 'UTC')         COMMENT 'when the request reached us' CODEC(T64, ZSTD(1)),
    time_guessed    Bool                         COMMENT 'the client wrote a timestamp that could not be read',
    source          LowCardinality(String)       COMMENT 'id of the key it came with',
    source_kind     LowCardinality(String)       COMMENT 'segment or statsig: the wire format',
    kind            LowCardinality(String)       COMMENT 'track, identify, page, screen, group, alias, log_event',
    name            LowCardinality(String)       COMMENT 'shown and metric name, e.g. segment::Order Completed',
    event           LowCardinality(String)       COMMENT 'name as the client sent it',
    message_id      String                       COMMENT 'identity: any number of rows with one message_id are one event' CODEC(ZSTD(1)),
    user_id         String                       COMMENT 'unit of type userID, empty when absent' CODEC(ZSTD(1)),
    anonymous_id    String                       COMMENT 'unit of type anonymousID, kept beside user_id always' CODEC(ZSTD(1)),
    unit_ids        Map(LowCardinality(String), String) COMMENT 'custom unit IDs by lower-case unit type' CODEC(ZSTD(1)),
    group_id        String                       COMMENT 'Segment groupId' CODEC(ZSTD(1)),
    previous_id     String                       COMMENT 'Segment previousId of alias calls' CODEC(ZSTD(1)),
    value           Nullable(Float64)            COMMENT 'configured path, else revenue, else value' CODEC(ZSTD(1)),
    environment     LowCardinality(String)       COMMENT 'only production counts in metrics',
    properties      String                       COMMENT 'JSON object as received, without the statsig* keys that became columns' CODEC(ZSTD(1)),
    traits          String                       COMMENT 'JSON object as received' CODEC(ZSTD(1)),
    user_properties String                       COMMENT 'JSON object: statsigCustom, or the fields of a Statsig user' CODEC(ZSTD(1)),
    context         String                       COMMENT 'JSON object as received, batch level merged in' CODEC(ZSTD(1)),
    integrations    String                       COMMENT 'JSON object as received' CODEC(ZSTD(1)),
    extra           String                       COMMENT 'JSON object of top-level fields without a column' CODEC(ZSTD(1)),
    library         LowCardinality(String)       COMMENT 'name/version of the sender',
    INDEX by_load batch_seq TYPE minmax GRANULARITY 1 -- rollups and probes look for the rows of one load
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(received_time)
ORDER BY (day, name, user_id, time)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1;

-- Exposures as logged; rule is resolved to a group at rollup time, from the definition then in force.
-- ORDER BY name first: a rollup reads the exposures of one experiment.
CREATE TABLE IF NOT EXISTS exposures
(
    spool_id        UInt64                       COMMENT 'the spool that took the request' CODEC(ZSTD(1)),
    batch_seq       UInt64                       COMMENT 'the load that wrote the row' CODEC(Delta, ZSTD(1)),
    position        UInt64                       COMMENT 'spool record << 20 | row' CODEC(T64, ZSTD(1)),
    day             Date                         COMMENT 'UTC date of time' CODEC(Delta, ZSTD(1)),
    time            DateTime64(3, 'UTC')         COMMENT 'when the unit was exposed' CODEC(T64, ZSTD(1)),
    received_time   DateTime64(3, 'UTC')         COMMENT 'when the request reached us' CODEC(T64, ZSTD(1)),
    source          LowCardinality(String)       COMMENT 'id of the key it came with',
    source_kind     LowCardinality(String)       COMMENT 'segment or statsig',
    kind            LowCardinality(String)       COMMENT 'gate, config, layer, viewed',
    name            LowCardinality(String)       COMMENT 'gate, experiment or config; for layers the allocated experiment',
    layer           LowCardinality(String)       COMMENT 'the layer of a layer exposure',
    rule            LowCardinality(String)       COMMENT 'rule id, group id or variation id',
    rule_name       LowCardinality(String)       COMMENT 'variation name where one was sent',
    value           LowCardinality(String)       COMMENT 'gate value, or parameter name of a layer',
    reason          LowCardinality(String)       COMMENT 'evaluation reason of the SDK',
    secondary       Bool                         COMMENT 'unpacked from secondaryExposures',
    message_id      String                       COMMENT 'identity of the item that carried it' CODEC(ZSTD(1)),
    user_id         String                       COMMENT 'unit of type userID' CODEC(ZSTD(1)),
    anonymous_id    String                       COMMENT 'unit of type anonymousID' CODEC(ZSTD(1)),
    unit_ids        Map(LowCardinality(String), String) COMMENT 'custom unit IDs by lower-case unit type' CODEC(ZSTD(1)),
    environment     LowCardinality(String)       COMMENT 'only production counts',
    user_properties String                       COMMENT 'JSON object describing the user at exposure' CODEC(ZSTD(1)),
    library         LowCardinality(String)       COMMENT 'name/version of the sender',
    INDEX by_load batch_seq TYPE minmax GRANULARITY 1 -- rollups and probes look for the rows of one load
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(received_time)
ORDER BY (name, day, user_id, time)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1;

-- One row per load that is known to be in its table: the rollups' source of "what is new". Written after the load is
-- confirmed and before the spool forgets it, so every committed load gets its row, maybe twice (replaced by key).
CREATE TABLE IF NOT EXISTS loads
(
    spool_id     UInt64                 COMMENT 'the spool that cut the load',
    batch_seq    UInt64                 COMMENT 'counter within the spool; written in order',
    table        LowCardinality(String) COMMENT 'events or exposures',
    rows         UInt32                 COMMENT 'rows in the load',
    days         Array(Date)            COMMENT 'UTC dates of its rows',
    received_to  DateTime64(3, 'UTC')   COMMENT 'every request received before this, by this spool, is loaded',
    loaded_at    DateTime64(6, 'UTC') DEFAULT now64(6) COMMENT 'when this row was written'
)
ENGINE = ReplacingMergeTree
-- a rollup asks for the loads of one spool after a counter
ORDER BY (spool_id, batch_seq);
