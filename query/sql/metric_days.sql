-- Values of metrics by day, of one unit type or of all (''), of every run that is there: metric_published.sql says which counts.
-- Reads: metric_days. Safe to run at any time.
SELECT metric, toString(day) AS date, run, unit_type, if(isFinite(value), value, NULL) AS value, numerator, denominator, units, input_rows
FROM metric_days
WHERE metric IN {metrics:Array(String)} AND ({unit_type:String} = '' OR unit_type = {unit_type:String}) AND day BETWEEN {from:Date} AND {to:Date}
