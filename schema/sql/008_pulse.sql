-- Wishes to compute an experiment's results again. What they ask for is written as marks (003_rollups.sql); this is their history.
CREATE TABLE IF NOT EXISTS pulse_loads
(
    experiment  String                 COMMENT 'experiment version: id@run',
    id          String                 COMMENT 'random',
    creator     String                 COMMENT 'who asked',
    created_at  DateTime64(6, 'UTC')   COMMENT 'when; windows that began later have seen the marks',
    reload_type LowCardinality(String) COMMENT 'full, incremental, metric',
    scopes      Array(String)          COMMENT 'the metrics of a reload of type metric (experiment version/metric version); empty for all',
    metric_ids  Array(String)          COMMENT 'their ids, as they were asked for',
    first_day   Date                   COMMENT 'first day that is computed again',
    last_day    Date                   COMMENT 'last day',
    finished_at DateTime64(6, 'UTC')   COMMENT 'when all days had been computed; 1970 until then',
    state       LowCardinality(String) COMMENT 'success, timeout; empty until then',
    written_at  DateTime64(6, 'UTC') DEFAULT now64(6) COMMENT 'newest wins'
)
ENGINE = ReplacingMergeTree(written_at)
-- read per experiment
ORDER BY (experiment, id);
