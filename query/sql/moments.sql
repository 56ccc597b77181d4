-- The moments of every group for all metrics of an experiment, as of the newest day that is not after {until}, or, for a series, of
-- every day up to it. Of a scope and day only the rows of the newest start count, with all groups.
-- Reads: moments, a few rows a metric and day. Safe to run at any time.
SELECT scope, as_of, group_id, units, participants, before, mean_x, mean_y, mean_px, mean_py, m2_x, m2_y, c_xy, m2_px, m2_py, c_pxpy,
       c_xpx, c_xpy, c_ypx, c_ypy, total_x, total_y, q_hat, q_low, q_high, started_at, complete_to
FROM moments
WHERE scope IN {scopes:Array(String)} AND view = 'cumulative'
  AND (scope, as_of, started_at) IN
  (
      SELECT scope, as_of, max(started_at)
      FROM moments
      WHERE scope IN {scopes:Array(String)} AND view = 'cumulative' AND as_of <= {until:Date}
      GROUP BY scope, as_of
      ORDER BY scope, as_of DESC
      LIMIT {days:UInt32} BY scope
  )
ORDER BY scope, as_of, group_id
