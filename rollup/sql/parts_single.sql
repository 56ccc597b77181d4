-- A fragment: parts.sql for metrics that are all single numbers: without y there are three second moments instead of ten.
SELECT place, slice, group_id, count() AS p, countIf(active) AS took, countIf(early) AS had, sum(x) AS sum_x, 0. AS sum_y, sum(px) AS sum_px, 0. AS sum_py,
       varPopStable(x) * p AS p_xx, 0. AS p_yy, 0. AS p_xy, varPopStable(px) * p AS p_pxpx, 0. AS p_pypy, 0. AS p_pxpy,
       covarPopStable(x, px) * p AS p_xpx, 0. AS p_xpy, 0. AS p_ypx, 0. AS p_ypy
FROM unit_values
GROUP BY place, slice, group_id
