-- The moments of every group for all metrics of an experiment, as of the newest day that is not after {until}.
-- Reads: moments, a few rows a metric and day. Of a scope and day only the rows of the newest start count, with all groups.
-- Safe to run at any time.
SELECT scope, as_of, group_id, units, participants, mean_x, mean_y, m2_x, m2_y, c_xy, total_x, total_y, started_at, complete_to
FROM moments
WHERE scope IN {scopes:Array(String)} AND view = 'cumulative'
  AND (scope, as_of, started_at) IN
  (
      SELECT scope, as_of, max(started_at)
      FROM moments
      WHERE scope IN {scopes:Array(String)} AND view = 'cumulative' AND as_of <= {until:Date}
      GROUP BY scope, as_of
      ORDER BY scope, as_of DESC
      LIMIT 1 BY scope
  )
