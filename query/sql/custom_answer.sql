-- The answer of a run of a custom query: of the one named, or ('') of the newest that has one.
-- Reads: custom_query_runs. Safe to run at any time.
SELECT id, answer
FROM custom_query_runs FINAL
WHERE query = {query:String} AND state = 'done' AND ({run:String} = '' OR id = {run:String})
ORDER BY created_at DESC
LIMIT 1
