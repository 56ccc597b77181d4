-- A fragment, for a WHERE over events: the rows of the metric days scan_from..scan_to that count. They are of production, readable, and
-- no copy.
-- Reads: rollup_watermarks, duplicates.
-- readable: stands for readable.sql.
day BETWEEN toDate({utc_from:UInt16}) AND toDate({utc_to:UInt16})
AND toDate(time, {zone:String}) BETWEEN toDate({scan_from:UInt16}) AND toDate({scan_to:UInt16}) AND environment = 'production'
AND /* readable: */ 1 /* :readable */
AND (spool_id, position) NOT IN
(
    SELECT spool_id, position FROM duplicates WHERE day BETWEEN toDate({utc_from:UInt16}) AND toDate({utc_to:UInt16})
)
