-- ID lists, and the audience calls that change them. schema/idlist/doc.go draws how a change travels through these tables and
-- argues why a crash anywhere is safe.

-- An audience call of Segment is an event like any other; this says what it asks of a list.
ALTER TABLE events ADD COLUMN IF NOT EXISTS audience LowCardinality(String)
    COMMENT 'audience call: + (entered), - (exited) or ? (does not say) and the audience key; else empty';

-- What was asked, until it is decided what it does. Nobody was told yes yet, so nothing needs to reach the disk.
CREATE TABLE IF NOT EXISTS idlist_changes
(
    version UInt64                 COMMENT 'the change; counts up over all lists' CODEC(Delta, ZSTD(1)),
    list    LowCardinality(String) COMMENT 'id of the segment',
    unit_id String                 COMMENT 'who' CODEC(ZSTD(1)),
    hash    FixedString(8)         COMMENT 'first 8 characters of base64(sha256(unit_id))',
    member  Bool                   COMMENT 'is in from time on, or out',
    time    DateTime64(3, 'UTC')   COMMENT 'when: of the call for audiences, else of the request' CODEC(Delta, ZSTD(1)),
    at      DateTime DEFAULT now() COMMENT 'when it was written'
)
ENGINE = MergeTree
-- read once, by version
ORDER BY version
TTL at + INTERVAL 1 DAY;

-- What a change does, one row a unit whose state changes in any way: the commit. One insert, one block, one part: all of a change
-- or nothing. What the other tables say can be written again from here. It is the lists' history, too.
CREATE TABLE IF NOT EXISTS idlist_effects
(
    version UInt64                 COMMENT 'the change' CODEC(Delta, ZSTD(1)),
    list    LowCardinality(String) COMMENT 'id of the segment',
    epoch   UInt64                 COMMENT 'which life of the list: another one with each reset',
    file    UInt64                 COMMENT 'the file that gets the line',
    unit_id String                 COMMENT 'who' CODEC(ZSTD(1)),
    hash    FixedString(8)         COMMENT 'first 8 characters of base64(sha256(unit_id)): what SDKs know of a unit' CODEC(ZSTD(1)),
    member  Bool                   COMMENT 'is in from time on, or out',
    time    DateTime64(3, 'UTC')   COMMENT 'of the change; a later one has come to stay, whatever arrives when' CODEC(Delta, ZSTD(1)),
    delta   Int8                   COMMENT '1 entered, -1 left, 0 only the time moved',
    line    Int8                   COMMENT '1 or -1 when the file gets a line, + or -; 0 when SDKs see no difference',
    seq     UInt64                 COMMENT 'number of that line in the file' CODEC(Delta, ZSTD(1)),
    source  LowCardinality(String) COMMENT 'who made the change: name of a console key, or audience',
    at      DateTime DEFAULT now() COMMENT 'when it was written'
)
ENGINE = MergeTree
-- read by version, and to look for what is not yet published
ORDER BY (version, list)
TTL at + INTERVAL 30 DAY
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- Who is in which list, and who was: a unit that left keeps its row, so that an older call that arrives late changes nothing.
CREATE TABLE IF NOT EXISTS idlist_members
(
    epoch   UInt64               COMMENT 'which life of which list',
    hash    FixedString(8)       COMMENT 'first 8 characters of base64(sha256(unit_id))' CODEC(ZSTD(1)),
    unit_id String               COMMENT 'who' CODEC(ZSTD(1)),
    member  Bool                 COMMENT 'in, or out',
    time    DateTime64(3, 'UTC') COMMENT 'since when' CODEC(Delta, ZSTD(1)),
    version UInt64               COMMENT 'the change that says so; the newest counts' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
-- looked up at random by hash, because what an SDK knows of a unit is its hash and two units may share one; small granules for that
ORDER BY (epoch, hash, unit_id)
SETTINGS index_granularity = 1024, fsync_after_insert = 1, fsync_part_directory = 1;

-- The files that SDKs read by byte range. A line is 10 bytes, so a range of bytes is a range of seq. Only ever appended to.
CREATE TABLE IF NOT EXISTS idlist_log
(
    file UInt64          COMMENT 'the file; a reset and a compaction begin another one',
    seq  UInt64          COMMENT 'number of the line, from 0 without a gap' CODEC(Delta, ZSTD(1)),
    line FixedString(10) COMMENT '+ or -, the hash, a newline' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
-- read by range; written again with the same content after a crash
ORDER BY (file, seq)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- The lists as they are published: a change, a reset and a compaction can be seen from the moment their row is here.
CREATE TABLE IF NOT EXISTS idlists
(
    list       String               COMMENT 'id of the segment',
    epoch      UInt64               COMMENT 'which life of the list',
    file       UInt64               COMMENT 'the file that SDKs read',
    created_at DateTime64(3, 'UTC') COMMENT 'of the file; SDKs take a file only when it is not older than theirs',
    floor      DateTime64(3, 'UTC') COMMENT 'of the last reset: what happened up to then changes nothing any more',
    lines      UInt64               COMMENT 'lines of the file that are published',
    count      UInt64               COMMENT 'units that are in',
    version    UInt64               COMMENT 'the change that made it so; the newest counts',
    changed_at DateTime64(3, 'UTC') COMMENT 'when',
    deleted    Bool                 COMMENT 'the list is gone'
)
ENGINE = ReplacingMergeTree(version)
-- one row a list
ORDER BY list
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- How far the audience calls of each spool have become changes.
CREATE TABLE IF NOT EXISTS audience_progress
(
    spool_id   UInt64               COMMENT 'whose loads',
    batch_seq  UInt64               COMMENT 'done up to and including this load',
    updated_at DateTime64(6, 'UTC') DEFAULT now64(6) COMMENT 'newest wins'
)
ENGINE = ReplacingMergeTree(updated_at)
-- one row a spool
ORDER BY spool_id;

-- What became of the audience calls of a load, so that nobody has to guess why a user is not in a list.
CREATE TABLE IF NOT EXISTS audience_outcomes
(
    audience  LowCardinality(String) COMMENT 'audience key',
    spool_id  UInt64                 COMMENT 'the load',
    batch_seq UInt64                 COMMENT 'the load',
    entered   UInt64                 COMMENT 'calls that put somebody in, or said so again',
    exited    UInt64                 COMMENT 'calls that took somebody out, or said so again',
    no_list   UInt64                 COMMENT 'calls for which there was no list',
    no_unit   UInt64                 COMMENT 'calls without an ID of a type that the list takes',
    no_value  UInt64                 COMMENT 'calls that say neither true nor false',
    last_time DateTime64(3, 'UTC')   COMMENT 'when the newest of them happened',
    at        DateTime64(6, 'UTC') DEFAULT now64(6) COMMENT 'a load that is done again counts as it was done last'
)
ENGINE = ReplacingMergeTree(at)
-- read whole, per audience; one row a load that has calls of it
ORDER BY (audience, spool_id, batch_seq)
TTL toDateTime(at) + INTERVAL 90 DAY;

-- Who may change lists, where several servers share a database: schema/idlist/lease.go. The oldest claim that has not run out counts.
CREATE TABLE IF NOT EXISTS idlist_leases
(
    owner      String               COMMENT 'a random name of one process',
    name       String               COMMENT 'where that process is, for people',
    since      DateTime64(6, 'UTC') COMMENT 'when it claimed',
    expires_at DateTime64(3, 'UTC') COMMENT 'the claim is over from then on',
    written_at DateTime64(6, 'UTC') DEFAULT now64(6) COMMENT 'of one owner the newest counts'
)
ENGINE = ReplacingMergeTree(written_at)
-- one row an owner
ORDER BY owner
TTL toDateTime(expires_at) + INTERVAL 1 DAY;
