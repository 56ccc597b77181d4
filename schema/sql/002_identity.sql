-- Which copy of a message counts. event_ids has one narrow row per raw row and outlives the raw data, so that a replay is
-- recognised however late; duplicates lists the rows that do not count. The copy that counts has the earliest time, then
-- the smallest row hash, then the smallest address: it does not depend on the order of arrival, and a copy that once lost
-- never wins again, so duplicates only grows and both tables can be written again without harm (replaced by key).

CREATE TABLE IF NOT EXISTS event_ids
(
    id        UInt128              COMMENT 'sipHash128 of message_id',
    spool_id  UInt64               COMMENT 'address of the raw row',
    position  UInt64               COMMENT 'address of the raw row' CODEC(Delta, ZSTD(1)),
    time      DateTime64(3, 'UTC') COMMENT 'corrected time of this copy' CODEC(Delta, ZSTD(1)),
    row_hash  UInt64               COMMENT 'hash of what the copy says, to choose between copies of equal time'
)
ENGINE = ReplacingMergeTree
-- looked up by id, at random: every load asks for each of its ids, so a granule is small, and with only the id in the
-- primary key a thousand million rows cost some 30 MB of memory
PRIMARY KEY id
ORDER BY (id, spool_id, position)
SETTINGS index_granularity = 512, min_compress_block_size = 16384;

CREATE TABLE IF NOT EXISTS duplicates
(
    spool_id  UInt64               COMMENT 'address of a raw row that does not count',
    position  UInt64               COMMENT 'address of a raw row that does not count' CODEC(Delta, ZSTD(1)),
    day       Date                 COMMENT 'UTC date of that row, so that a day reads only its own duplicates',
    id        UInt128              COMMENT 'the message it is a copy of'
)
ENGINE = ReplacingMergeTree
-- read per day as an anti-join over raw rows
ORDER BY (day, spool_id, position);
