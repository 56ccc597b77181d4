-- Definitions: gates, experiments, metrics, keys and settings, as versioned rows. The newest version of an id counts; the
-- others are its history.
CREATE TABLE IF NOT EXISTS definitions
(
    kind       LowCardinality(String) COMMENT 'metric, experiment, key, setting …',
    id         String                 COMMENT 'id within its kind',
    version    UInt64                 COMMENT 'counts up from 1 within (kind, id)',
    body       String                 COMMENT 'JSON' CODEC(ZSTD(1)),
    deleted    Bool                   COMMENT 'this version is a deletion',
    author     String                 COMMENT 'who made the change',
    changed_at DateTime64(3, 'UTC')   COMMENT 'when'
)
ENGINE = MergeTree
-- read by kind, then by id
ORDER BY (kind, id, version)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;
