-- A fragment, in the place of the table unit_values: the rows after winsorization, and those of percentiles as the number of a
-- unit's values at or below its group's percentile (x) and of all its values (y), which is what its variance is made of.
--
-- Winsorization pulls values beyond a quantile of the units' values other than 0, of all groups together, to that quantile: the
-- value of rank ceil(p * n). The time before exposure has bounds of its own.
(
    SELECT place, slice, group_id, active, early, py,
           if({levels:Array(Float64)}[place] > 0, toFloat64(length(vals)), unit_values.y) AS y,
           multiIf({levels:Array(Float64)}[place] > 0, toFloat64(arrayCount(v -> v <= hat, vals)),
                   bounded > 0 AND unit_values.x != 0, least(greatest(unit_values.x, lowest), highest), unit_values.x) AS x,
           if(bounded > 0 AND unit_values.px != 0, least(greatest(unit_values.px, early_lowest), early_highest), unit_values.px) AS px
    FROM unit_values
    LEFT JOIN
    (
        SELECT place, slice, 1 AS bounded, lows[place] AS l, highs[place] AS h,
               if(l > 0 AND n > 0, sorted[toUInt64(greatest(1, ceil(round(l * n, 9))))], -inf) AS lowest,
               if(h > 0 AND n > 0, sorted[toUInt64(greatest(1, ceil(round(h * n, 9))))], inf) AS highest,
               if(l > 0 AND pn > 0, early_sorted[toUInt64(greatest(1, ceil(round(l * pn, 9))))], -inf) AS early_lowest,
               if(h > 0 AND pn > 0, early_sorted[toUInt64(greatest(1, ceil(round(h * pn, 9))))], inf) AS early_highest
        FROM
        (
            WITH {lows:Array(Float64)} AS lows, {highs:Array(Float64)} AS highs
            SELECT place, slice, lows, highs, arraySort(groupArrayIf(x, x != 0)) AS sorted, arraySort(groupArrayIf(px, px != 0)) AS early_sorted,
                   length(sorted) AS n, length(early_sorted) AS pn
            FROM unit_values
            WHERE lows[place] > 0 OR highs[place] > 0
            GROUP BY place, slice
        )
    ) AS caps USING (place, slice)
    LEFT JOIN quantiles USING (place, slice, group_id)
)
