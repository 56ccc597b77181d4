-- Orders to forget a unit: Segment's type "delete". Append only, one row per delivered order and unit; the ID itself is not kept,
-- only its SHA256, by which later deliveries of older events are recognised and refused, and by which the sweep finds what is
-- stored: SHA256(user_id) = id_hash AND time < erased_before.
--
-- Partition by receipt month, as the other tables that loads go to.
CREATE TABLE IF NOT EXISTS erasures
(
    spool_id       UInt64                 COMMENT 'the spool that took the request',
    batch_seq      UInt64                 COMMENT 'the load that wrote the row',
    position       UInt64                 COMMENT 'spool record << 20 | row',
    received_time  DateTime64(3, 'UTC')   COMMENT 'when the order reached us',
    erased_before  DateTime64(3, 'UTC')   COMMENT 'what the unit did before this goes; what it does later is a new beginning',
    unit_type      LowCardinality(String) COMMENT 'lower-case unit type: userid, anonymousid',
    id_hash        FixedString(32)        COMMENT 'SHA256 of the ID',
    requested_by   LowCardinality(String) COMMENT 'id of the key it came with',
    message_id     String                 COMMENT 'identity of the order'
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(received_time)
-- read whole, grouped by unit; a few rows
ORDER BY (unit_type, id_hash, erased_before)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1;
