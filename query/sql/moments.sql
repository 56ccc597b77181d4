-- The moments of every group for all metrics of an experiment, as of the newest day that is not after {until} (days: 1), or, for a series, of
-- every day up to it; the newest first. Of a scope and day only the rows of the newest start count, one a group: they come first, and older
-- ones that stand in the table until they are merged away are cut off, so that it is read once.
-- Reads: moments, a few rows a metric and day. Safe to run at any time.
SELECT scope, as_of, group_id, units, participants, before, mean_x, mean_y, mean_px, mean_py, m2_x, m2_y, c_xy, m2_px, m2_py, c_pxpy,
       c_xpx, c_xpy, c_ypx, c_ypy, total_x, total_y, q_hat, q_low, q_high, started_at, complete_to
FROM moments
WHERE scope IN {scopes:Array(String)} AND view = 'cumulative' AND as_of <= {until:Date}
ORDER BY scope DESC, as_of DESC, started_at DESC, group_id DESC
LIMIT {groups:UInt32} BY scope, if({days:UInt32} = 1, toDate(0), as_of)
