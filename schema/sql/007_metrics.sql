-- What every event and every user has by itself, without a definition; breakdowns; and jobs. The rollups here follow the
-- protocol of 003_rollups.sql: rows count when the newest window of their scope and day names their run.

-- Totals of every event name, unit type and day. The rows of the empty unit type count all events, whoever did them.
CREATE TABLE IF NOT EXISTS event_days
(
    name         LowCardinality(String) COMMENT 'event name as shown',
    unit_type    LowCardinality(String) COMMENT 'lower-case unit type; empty: all events, with or without units',
    day          Date                   COMMENT 'metric day',
    run          UInt64                 COMMENT 'see windows; the scope is events',
    events       UInt64                 COMMENT 'events, each once',
    units        UInt64                 COMMENT 'distinct units; 0 in the rows of the empty unit type',
    value_events UInt64                 COMMENT 'events with a value',
    value_sum    Float64                COMMENT 'sum of values',
    first_time   DateTime64(3, 'UTC')   COMMENT 'earliest of the events',
    last_time    DateTime64(3, 'UTC')   COMMENT 'latest of the events'
)
ENGINE = MergeTree
-- a page lists all names on some days; a series is one name, some dozen rows
ORDER BY (name, unit_type, day, run)
SETTINGS index_granularity = 128;

-- Which units did anything on each day: what active users, retention and stickiness are made of.
CREATE TABLE IF NOT EXISTS active_days
(
    unit_type LowCardinality(String) COMMENT 'lower-case unit type',
    unit      UInt128                COMMENT 'sipHash128 of the unit id' CODEC(ZSTD(1)),
    day       Date                   COMMENT 'metric day' CODEC(Delta, ZSTD(1)),
    run       UInt64                 COMMENT 'see windows; the scope is active' CODEC(Delta, ZSTD(1))
)
ENGINE = MergeTree
-- written per day and read whole, grouped by unit: a day's runs lie together, so that old ones are cut away cheaply
ORDER BY (day, run, unit_type, unit);

-- Totals of metrics broken down by a property. Beside metric_days, in the same runs and windows: values with more than 5 % of
-- a day's events that have the metric have a row of their own, all others are together in 'Other', so that rows of counts and
-- sums add up to the total.
CREATE TABLE IF NOT EXISTS dimension_days
(
    metric          String                 COMMENT 'metric version: name::type@version',
    unit_type       LowCardinality(String) COMMENT 'lower-case unit type',
    dimension       LowCardinality(String) COMMENT 'property, as the metric names it',
    dimension_value String                 COMMENT 'what it was, empty when it was missing',
    day             Date                   COMMENT 'metric day',
    run             UInt64                 COMMENT 'see windows',
    value           Float64                COMMENT 'as in metric_days',
    numerator       Float64                COMMENT 'as in metric_days',
    denominator     Float64                COMMENT 'as in metric_days',
    units           UInt64                 COMMENT 'distinct units with an event that counts and this value',
    input_rows      UInt64                 COMMENT 'events that counted'
)
ENGINE = MergeTree
-- read per metric, unit type and dimension
ORDER BY (metric, unit_type, dimension, day, run);

-- Work that somebody asked for. The newest row of an id counts. The work itself is marks in dirty_days, scope job/ID, so a job that is
-- interrupted anywhere goes on by itself.
CREATE TABLE IF NOT EXISTS jobs
(
    id         String                 COMMENT 'random',
    kind       LowCardinality(String) COMMENT 'rollup: compute days again; verify: compare rollups with raw events; erase; ttl',
    state      LowCardinality(String) COMMENT 'waiting, running, done, failed, cancelled',
    author     String                 COMMENT 'who asked',
    from_day   Date                   COMMENT 'first metric day',
    to_day     Date                   COMMENT 'last metric day',
    metric     String                 COMMENT 'id of the one metric it is about, empty for everything',
    scopes     Array(String)          COMMENT 'what has to be computed, once it runs; of a job about one metric from the beginning, so that a cancelled one tells what is held',
    done       UInt64                 COMMENT 'days of scopes that are done',
    total      UInt64                 COMMENT 'days of scopes there are to do',
    result     String                 COMMENT 'JSON of what was found, or the error' CODEC(ZSTD(1)),
    created_at DateTime64(3, 'UTC')   COMMENT 'when it was asked for',
    updated_at DateTime64(6, 'UTC')   COMMENT 'newest wins'
)
ENGINE = ReplacingMergeTree(updated_at)
-- few; one row an id
ORDER BY id;
