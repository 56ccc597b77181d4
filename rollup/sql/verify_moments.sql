-- The moments of one metric of an experiment as of some days, as they are published.
-- Reads: moments. Safe to run at any time.
SELECT toUInt16(as_of) AS at, toString(group_id) AS group_name,
       [toFloat64(units), toFloat64(participants), toFloat64(before), mean_x, mean_y, mean_px, mean_py, m2_x, m2_y, c_xy, m2_px, m2_py, c_pxpy, c_xpx, c_xpy, c_ypx, c_ypy,
        total_x, total_y, q_hat, q_low, q_high] AS kept
FROM moments
WHERE scope = {scope:String} AND view = 'cumulative' AND as_of BETWEEN toDate({from:UInt16}) AND toDate({to:UInt16})
  AND (as_of, started_at) IN (SELECT as_of, max(started_at) FROM moments WHERE scope = {scope:String} AND view = 'cumulative' GROUP BY as_of)
ORDER BY at, group_name
