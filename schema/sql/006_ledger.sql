-- What became of every received item. A cut's lines are counted from the same requests as its rows, and written after them and
-- before the spool forgets the cut: so every cut has its lines, maybe written twice after a crash, which replaces them by key.
-- Fate "received" counts every item once more, apart from what became of it: per source and minute the other fates add up to it,
-- or an item was forgotten. "stored" here means loaded; how many of these are further copies of a message is told by duplicates.
CREATE TABLE IF NOT EXISTS ledger
(
    spool_id UInt64                 COMMENT 'the spool that took the requests' CODEC(ZSTD(1)),
    cut      UInt64                 COMMENT 'last spool record of the cut that counted' CODEC(Delta, ZSTD(1)),
    minute   DateTime('UTC')        COMMENT 'minute of receipt' CODEC(Delta, ZSTD(1)),
    source   LowCardinality(String) COMMENT 'id of the key they came with',
    name     LowCardinality(String) COMMENT 'shown name; empty for fate received, and where none could be read',
    fate     LowCardinality(String) COMMENT 'received, stored, filtered or rejected',
    reason   LowCardinality(String) COMMENT 'why filtered or rejected',
    items    UInt64                 COMMENT 'how many' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(minute)
-- read by time, then by source and event
ORDER BY (minute, source, name, fate, reason, spool_id, cut)
TTL minute + INTERVAL 400 DAY
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- Samples of rejected items: of each cut a few per source and reason, so that a flood of bad events does not fill the disk.
CREATE TABLE IF NOT EXISTS rejections
(
    spool_id      UInt64                 COMMENT 'the spool that took the request' CODEC(ZSTD(1)),
    cut           UInt64                 COMMENT 'last spool record of the cut that counted' CODEC(Delta, ZSTD(1)),
    position      UInt64                 COMMENT 'spool record << 20 | index of the item in its request' CODEC(Delta, ZSTD(1)),
    received_time DateTime64(3, 'UTC')   COMMENT 'when the request reached us' CODEC(Delta, ZSTD(1)),
    source        LowCardinality(String) COMMENT 'id of the key it came with',
    name          String                 COMMENT 'the event''s name as far as it could be read' CODEC(ZSTD(1)),
    reason        LowCardinality(String) COMMENT 'code, Segment''s own where there is one',
    message       String                 COMMENT 'what was wrong and what to do' CODEC(ZSTD(1)),
    offset        UInt64                 COMMENT 'byte at which the item begins in the body, decompressed' CODEC(ZSTD(1)),
    body          String                 COMMENT 'the item, cut to a bound' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(received_time)
-- read newest first, by time
ORDER BY (received_time, spool_id, position)
TTL toDateTime(received_time) + INTERVAL 30 DAY
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;
