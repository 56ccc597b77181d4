-- A fragment: parts.sql for metrics of which some are single numbers and some are pairs: only pairs pay for the seven moments with y.
SELECT place, slice, group_id, count() AS p, countIf(active) AS took, countIf(early) AS had,
       sum(x) AS sum_x, sumIf(y, pair) AS sum_y, sum(px) AS sum_px, sumIf(py, pair) AS sum_py,
       varPopStable(x) * p AS p_xx, ifNotFinite(varPopStableIf(y, pair), 0.) * p AS p_yy, ifNotFinite(covarPopStableIf(x, y, pair), 0.) * p AS p_xy,
       varPopStable(px) * p AS p_pxpx, ifNotFinite(varPopStableIf(py, pair), 0.) * p AS p_pypy, ifNotFinite(covarPopStableIf(px, py, pair), 0.) * p AS p_pxpy,
       covarPopStable(x, px) * p AS p_xpx, ifNotFinite(covarPopStableIf(x, py, pair), 0.) * p AS p_xpy,
       ifNotFinite(covarPopStableIf(y, px, pair), 0.) * p AS p_ypx, ifNotFinite(covarPopStableIf(y, py, pair), 0.) * p AS p_ypy
FROM (SELECT *, {pairs:Array(UInt8)}[place] AS pair FROM unit_values)
GROUP BY place, slice, group_id
