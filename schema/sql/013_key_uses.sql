-- When each key was used last. Servers keep it in memory and write it down about once a minute, each for itself: the newest counts.
CREATE TABLE IF NOT EXISTS key_uses
(
    key_id  String               COMMENT 'id of the key',
    used_at DateTime64(3, 'UTC') COMMENT 'when a request last came with it'
)
ENGINE = ReplacingMergeTree(used_at)
-- one row a key, read all at once
ORDER BY key_id;
