-- The pieces of the answer of a run of a custom query, in order: of the run named, or ('') of the newest that has one.
-- Reads: custom_query_runs, custom_query_answers. Safe to run at any time.
WITH
    (
        SELECT (id, parts)
        FROM custom_query_runs FINAL
        WHERE query = {query:String} AND state = 'done' AND ({run:String} = '' OR id = {run:String})
        ORDER BY created_at DESC
        LIMIT 1
    ) AS asked
SELECT run, text
FROM custom_query_answers FINAL
WHERE query = {query:String} AND run = asked.1 AND part < asked.2
ORDER BY part
