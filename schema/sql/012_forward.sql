-- The way out: how far each destination is, and what it refused for good.

-- One row says everything about a destination's progress, so that the cursor and the counts of what lies before it are written
-- together: a crash repeats some deliveries, under the same message ids, and never makes the counts wrong.
CREATE TABLE IF NOT EXISTS forward_states
(
    destination  LowCardinality(String) COMMENT 'id of the destination',
    replay       UInt32                 COMMENT 'how often it was set back in time; each replay has a cursor and counts of its own',
    spools       Array(UInt64)          COMMENT 'cursor: spools, of each …',
    batches      Array(UInt64)          COMMENT '… the load up to which …',
    positions    Array(UInt64)          COMMENT '… and the position within it up to which everything is delivered or given up',
    changed_at   Int64                  COMMENT 'cursor in definitions: changed_at in ms',
    change       UInt64                 COMMENT 'cursor in definitions: hash of the change, among those of one millisecond',
    sent         UInt64                 COMMENT 'messages that the destination took',
    failed       UInt64                 COMMENT 'messages that it refused for good, see forward_failures',
    skipped      UInt64                 COMMENT 'rows that need not be sent: later exposures of a unit with first exposures only',
    retries      UInt64                 COMMENT 'requests that were sent again',
    status       LowCardinality(String) COMMENT 'running, retrying, blocked or paused',
    problem      String                 COMMENT 'the last answer that was not a yes, or empty',
    problem_at   DateTime64(3, 'UTC')   COMMENT 'when it came',
    retry_at     DateTime64(3, 'UTC')   COMMENT 'when it is tried again',
    sent_to      DateTime64(3, 'UTC')   COMMENT 'receipt time of the last row before the cursor',
    updated_at   DateTime64(6, 'UTC') DEFAULT now64(6) COMMENT 'newest wins'
)
ENGINE = ReplacingMergeTree(updated_at)
-- one row a destination and replay
ORDER BY (destination, replay)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- Messages that a destination refused although it takes others. Replaced by address, since a repeated delivery is refused again.
CREATE TABLE IF NOT EXISTS forward_failures
(
    destination LowCardinality(String) COMMENT 'id of the destination',
    failed_at   DateTime64(3, 'UTC')   COMMENT 'when it was given up',
    spool_id    UInt64                 COMMENT 'address of the row, 0 for a change of a definition',
    position    UInt64                 COMMENT 'address of the row',
    origin      LowCardinality(String) COMMENT 'events, exposures or definitions',
    message_id  String                 COMMENT 'under which id it was sent',
    name        LowCardinality(String) COMMENT 'name of the event that was sent',
    reason      LowCardinality(String) COMMENT 'event_too_large, refused, or the code that the destination gave',
    detail      String                 COMMENT 'its answer, cut',
    sample      String                 COMMENT 'what was sent, cut'
)
ENGINE = ReplacingMergeTree(failed_at)
-- read per destination, the last ones first
ORDER BY (destination, origin, spool_id, position)
TTL toDateTime(failed_at) + INTERVAL 30 DAY;

-- Which exposure of a unit was its first, for destinations that want no later one. It is written before the cursor moves: an exposure that
-- is read again after a crash is found here under its own address, and sent again rather than lost.
CREATE TABLE IF NOT EXISTS forward_first
(
    destination LowCardinality(String) COMMENT 'id of the destination',
    replay      UInt32                 COMMENT 'of its state',
    id          UInt128                COMMENT 'hash of unit, gate or experiment, and group',
    spool_id    UInt64                 COMMENT 'address of the exposure that was first',
    position    UInt64                 COMMENT 'address of the exposure that was first',
    found_at    DateTime DEFAULT now() COMMENT 'the oldest wins'
)
ENGINE = ReplacingMergeTree
-- looked up by id, at random
ORDER BY (destination, replay, id)
SETTINGS index_granularity = 512, fsync_after_insert = 1, fsync_part_directory = 1;
