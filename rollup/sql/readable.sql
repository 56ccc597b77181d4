-- A fragment, for a WHERE over events: rows of loads that are readable, which a load is from when on its copies are known
-- (absorb.go).
-- Reads: rollup_watermarks.
batch_seq <= (SELECT CAST((groupArray(spool), groupArray(seq)), 'Map(UInt64, UInt64)') FROM
    (SELECT spool_id AS spool, max(batch_seq) AS seq FROM rollup_watermarks WHERE job IN ('absorb', 'readable') GROUP BY spool_id))[spool_id]
