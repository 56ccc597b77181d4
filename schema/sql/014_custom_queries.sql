-- Runs of custom queries: questions about an experiment's results that are saved, asked again by schedule or on demand, and answered in the
-- background. A run that was interrupted is run again: the newest row of a run counts.
CREATE TABLE IF NOT EXISTS custom_query_runs
(
    query       String                 COMMENT 'id of the custom query',
    id          String                 COMMENT 'random',
    state       LowCardinality(String) COMMENT 'waiting, running, done, failed',
    author      String                 COMMENT 'who asked; schedule when nobody did',
    created_at  DateTime64(3, 'UTC')   COMMENT 'when it was asked for',
    started_at  DateTime64(3, 'UTC')   COMMENT 'when it began; 1970 until then',
    finished_at DateTime64(3, 'UTC')   COMMENT 'when it ended; 1970 until then',
    error       String                 COMMENT 'why it failed',
    parts       UInt32                 COMMENT 'of how many pieces its answer is; 0 until it is done',
    written_at  DateTime64(6, 'UTC') DEFAULT now64(6) COMMENT 'newest wins'
)
ENGINE = ReplacingMergeTree(written_at)
-- read per query
ORDER BY (query, id)
TTL toDateTime(created_at) + toIntervalDay(400);

-- Their answers, in pieces that a statement can carry. They are written before the run says that it is done.
CREATE TABLE IF NOT EXISTS custom_query_answers
(
    query      String                COMMENT 'id of the custom query',
    run        String                COMMENT 'id of the run',
    part       UInt32                COMMENT 'which piece, from 0',
    text       String                COMMENT 'piece of the report as pulse_results answers it, JSON' CODEC(ZSTD(1)),
    written_at DateTime64(6, 'UTC') DEFAULT now64(6) COMMENT 'newest wins'
)
ENGINE = ReplacingMergeTree(written_at)
-- read per run, in order
ORDER BY (query, run, part)
TTL toDateTime(written_at) + toIntervalDay(400);
