-- What has become of a job.
-- Reads: jobs. Safe to run at any time.
SELECT argMax(toString(state), updated_at) FROM jobs WHERE id = {id:String}
