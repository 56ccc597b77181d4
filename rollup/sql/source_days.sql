-- A fragment, for a subquery: what units did on each day, as the rollup keeps it.
-- Reads: unit_days (published runs only, see windows).
SELECT indexOf({scopes:Array(String)}, scope) AS place, unit_id, toInt32(toUInt16(day)) AS at, toInt32(unit_days.since) AS since, numerator, denominator, items, '' AS dim
FROM unit_days
WHERE scope IN {scopes:Array(String)} AND day <= toDate({last:Int32})
  AND (scope, day, run) IN
  (
      SELECT scope, day, argMax(run, (windows.started_at, run))
      FROM windows
      WHERE scope IN {scopes:Array(String)} AND day <= toDate({last:Int32})
      GROUP BY scope, day
  )
