-- Removes the marks of jobs that are done: nobody reads them any more.
-- Reads: jobs. Writes: dirty_days. Safe to re-run because what it removes is read by nobody.
DELETE FROM dirty_days
WHERE startsWith(scope, 'job/') AND substring(scope, 5) IN (SELECT id FROM jobs GROUP BY id HAVING argMax(state, updated_at) = 'done')
