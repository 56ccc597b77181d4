-- A fragment, for a subquery: moments of the units that did something, from rows of unit_values (place, slice, group_id, x, y,
-- px, py, active, early). Welford's recurrence, so that large means lose no digits. adjusted: stands for what winsorization and
-- percentiles make of the rows.
SELECT place, slice, group_id, count() AS p, countIf(active) AS took, countIf(early) AS had,
       sum(x) AS sum_x, sum(y) AS sum_y, sum(px) AS sum_px, sum(py) AS sum_py,
       varPopStable(x) * p AS p_xx, varPopStable(y) * p AS p_yy, covarPopStable(x, y) * p AS p_xy,
       varPopStable(px) * p AS p_pxpx, varPopStable(py) * p AS p_pypy, covarPopStable(px, py) * p AS p_pxpy,
       covarPopStable(x, px) * p AS p_xpx, covarPopStable(x, py) * p AS p_xpy,
       covarPopStable(y, px) * p AS p_ypx, covarPopStable(y, py) * p AS p_ypy
FROM /* adjusted: */ unit_values /* :adjusted */
GROUP BY place, slice, group_id
