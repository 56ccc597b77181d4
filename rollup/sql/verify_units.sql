-- What units did on some days for one metric of an experiment, as it is published.
-- Reads: unit_days, windows. Safe to run at any time.
SELECT unit_id AS unit, toUInt16(day) AS at, toInt32(since) AS since_first, numerator, denominator
FROM unit_days
WHERE scope = {scope:String} AND day BETWEEN toDate({from:UInt16}) AND toDate({to:UInt16})
  AND (day, run) IN (SELECT day, argMax(run, (started_at, run)) FROM windows WHERE scope = {scope:String} GROUP BY day)
ORDER BY unit, at
