-- Rollups: everything here can be recomputed from the raw tables. The protocol that makes a re-run, a crash or a late event
-- harmless is the same for all of them:
--   dirty_days  says "day D of scope S changed at T";  the empty scope means every scope
--   windows     says "day D of scope S was computed by run R, which started at T"; only rows of the newest published run count
--   a day is dirty for a scope when it has no window, or a mark younger than its newest window's started_at.
-- A run inserts its rows under its own number and becomes visible by one row in windows: replacing, never adding. Readers
-- take the rows whose (scope, day, run) is the newest published one; a day with a window and no rows is a day on which
-- nothing happened, a day without a window is not known. rollup/doc.go argues why a crash anywhere is safe.

CREATE TABLE IF NOT EXISTS rollup_watermarks
(
    job         LowCardinality(String) COMMENT 'absorb: what turns loads into marks; readable: whose rows may be counted, their copies being known; exposures:id@run: first exposures of that experiment',
    spool_id    UInt64                 COMMENT 'whose loads',
    definition  UInt64                 COMMENT 'hash of what decides the meaning of the rows, e.g. the groups; another one starts again at the beginning',
    batch_seq   UInt64                 COMMENT 'absorbed up to and including this load',
    received_to DateTime64(3, 'UTC')   COMMENT 'receipt time up to which this spool is absorbed',
    updated_at  DateTime64(6, 'UTC') DEFAULT now64(6) COMMENT 'newest wins'
)
ENGINE = ReplacingMergeTree(updated_at)
-- one row a job and spool
ORDER BY (job, spool_id);

CREATE TABLE IF NOT EXISTS dirty_days
(
    scope     String              COMMENT 'what has to be computed again: an experiment version, one of its metrics (experiment version/metric version), job/ID: what a job wants computed, for as long as it runs; or empty for everything that reads the day',
    day       Date                COMMENT 'metric day, in the project time zone',
    marked_at DateTime64(6, 'UTC') DEFAULT now64(6) COMMENT 'the youngest mark counts'
)
ENGINE = ReplacingMergeTree(marked_at)
-- read per scope
ORDER BY (scope, day);

CREATE TABLE IF NOT EXISTS windows
(
    scope       String               COMMENT 'experiment version/metric version, or metric/metric version for metric_days',
    day         Date                 COMMENT 'metric day',
    run         UInt64               COMMENT 'whose rows count: start in ms << 22 | random, so that old runs can be told',
    started_at  DateTime64(6, 'UTC') COMMENT 'before the run read anything',
    complete_to DateTime64(3, 'UTC') COMMENT 'receipt time up to which the run saw everything',
    rows        UInt64               COMMENT 'rows the run wrote'
)
ENGINE = ReplacingMergeTree(started_at)
-- one row a scope and day: the newest run. A page asks for the days of a few of many scopes: a granule is small.
ORDER BY (scope, day)
SETTINGS index_granularity = 128;

-- First exposure of a unit to each group. min() may be fed the same exposure any number of times.
CREATE TABLE IF NOT EXISTS first_exposures
(
    experiment String                                        COMMENT 'experiment version: id@run',
    unit_id    String                                        COMMENT 'unit of the experiment''s ID type' CODEC(ZSTD(1)),
    group_id   LowCardinality(String)                        COMMENT 'group the exposure meant',
    first_time SimpleAggregateFunction(min, DateTime64(3, 'UTC')) COMMENT 'first exposure of this unit to this group' CODEC(ZSTD(1))
)
ENGINE = AggregatingMergeTree
-- read per experiment and joined by unit
ORDER BY (experiment, unit_id, group_id);

-- What each exposed unit did on each day, for each metric of a running experiment: from its first exposure on, and on the days
-- before it that CUPED and the check for bias look at. Only units that did something have a row: the others count with zero
-- when moments are taken.
CREATE TABLE IF NOT EXISTS unit_days
(
    scope       String  COMMENT 'experiment version/metric version',
    day         Date    COMMENT 'metric day' CODEC(Delta, ZSTD(1)),
    run         UInt64  COMMENT 'see windows' CODEC(Delta, ZSTD(1)),
    unit_id     String  COMMENT 'unit' CODEC(ZSTD(1)),
    since       Int16   COMMENT 'metric days since the unit''s first exposure, 0 on that day, negative before' CODEC(ZSTD(1)),
    numerator   Float64 COMMENT 'count, sum, numerator, or the value of the day; see rollup/fold.go' CODEC(ZSTD(1)),
    denominator Float64 COMMENT 'denominator of quotients, else 0' CODEC(ZSTD(1)),
    items       Array(Tuple(UInt64, UInt64, Float64)) COMMENT '(time in ms, key, value) where two sums do not carry what later days need: distinct keys, values of percentiles, steps of funnels' CODEC(ZSTD(1))
)
ENGINE = MergeTree
-- a scope's published runs are read, the others skipped by the index; by unit, because equal ids compress together
ORDER BY (scope, day, run, unit_id);

-- Moments of units' values as of a day: what Pulse reads. x and y are numerator and denominator from the first exposure on, px
-- and py the same on the days before it; c_ are centred sums of products. All are over all exposed units, those without
-- events included.
CREATE TABLE IF NOT EXISTS moments
(
    scope        String                 COMMENT 'experiment version/metric version',
    view         LowCardinality(String) COMMENT 'cumulative',
    as_of        Date                   COMMENT 'contributions up to and including this metric day',
    group_id     LowCardinality(String) COMMENT 'group',
    units        UInt64                 COMMENT 'units first exposed on or before as_of, those without events included; 0 for a group nobody saw',
    participants UInt64                 COMMENT 'units with a contribution',
    before       UInt64                 COMMENT 'units with a contribution before their exposure',
    mean_x       Float64                COMMENT 'mean of the numerator per unit',
    mean_y       Float64                COMMENT 'mean of the denominator per unit; 0 without one',
    mean_px      Float64                COMMENT 'mean of the numerator before exposure',
    mean_py      Float64                COMMENT 'mean of the denominator before exposure',
    m2_x         Float64                COMMENT 'centred sum of squares of the numerator',
    m2_y         Float64                COMMENT 'centred sum of squares of the denominator',
    c_xy         Float64                COMMENT 'centred sum of products of numerator and denominator',
    m2_px        Float64                COMMENT 'as m2_x, before exposure',
    m2_py        Float64                COMMENT 'as m2_y, before exposure',
    c_pxpy       Float64                COMMENT 'as c_xy, before exposure',
    c_xpx        Float64                COMMENT 'numerator with numerator before',
    c_xpy        Float64                COMMENT 'numerator with denominator before',
    c_ypx        Float64                COMMENT 'denominator with numerator before',
    c_ypy        Float64                COMMENT 'denominator with denominator before',
    total_x      Float64                COMMENT 'sum of numerators',
    total_y      Float64                COMMENT 'sum of denominators',
    q_hat        Float64                COMMENT 'percentile of all values of the group; x then counts a unit''s values up to it, y all of them',
    q_low        Float64                COMMENT 'value at the lower rank of the percentile''s 95 % interval',
    q_high       Float64                COMMENT 'value at the upper rank',
    runs         UInt64                 COMMENT 'hash of the published runs it is made of, the days up to as_of; when windows name others it is due again',
    started_at   DateTime64(6, 'UTC')   COMMENT 'the newest start of a (scope, view, as_of) counts, with all its groups',
    complete_to  DateTime64(3, 'UTC')   COMMENT 'receipt time up to which it saw everything'
)
ENGINE = ReplacingMergeTree(started_at)
-- read per scope and day; a few rows. All groups of an as_of are one insert of one block, so they change together; the older
-- ones disappear in merges, and until then by taking the newest started_at.
ORDER BY (scope, view, as_of, group_id);

-- Totals per metric, unit type and day: what Metrics reads.
CREATE TABLE IF NOT EXISTS metric_days
(
    metric      String                 COMMENT 'metric version: name::type@version',
    unit_type   LowCardinality(String) COMMENT 'lower-case unit type',
    day         Date                   COMMENT 'metric day',
    run         UInt64                 COMMENT 'see windows',
    value       Float64                COMMENT 'the metric''s value for the day: total, distinct units, or numerator / denominator (nan without one)',
    numerator   Float64                COMMENT 'sum of numerators',
    denominator Float64                COMMENT 'sum of denominators, 0 without one',
    units       UInt64                 COMMENT 'distinct units with an event that counts',
    input_rows  UInt64                 COMMENT 'events that counted'
)
ENGINE = MergeTree
-- a series is one metric and unit type: some dozen rows, so a granule is small. Only what happened has a row: a day with a window and
-- without a row is zero.
ORDER BY (metric, unit_type, day, run)
SETTINGS index_granularity = 128;

-- Which of the processes that share a database does a job at the moment: rolls up, exports to a destination. Advice, not a lock: two at once do
-- double work and leave the same result.
CREATE TABLE IF NOT EXISTS leases
(
    job        LowCardinality(String) COMMENT 'what is leased',
    owner      String                 COMMENT 'who holds it, a random name of one process',
    expires_at DateTime64(3, 'UTC')   COMMENT 'free again from then on',
    written_at DateTime64(6, 'UTC') DEFAULT now64(6) COMMENT 'newest wins'
)
ENGINE = ReplacingMergeTree(written_at)
-- one row a job
ORDER BY job;
