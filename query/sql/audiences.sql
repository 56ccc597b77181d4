-- What became of audience calls.
-- Reads: audience_outcomes. Safe to run at any time.
SELECT audience::String AS audience, sum(entered) AS entered, sum(exited) AS exited, sum(no_list) AS no_list, sum(no_unit) AS no_unit,
       sum(no_value) AS no_value, max(last_time) AS last_time
FROM
(
    SELECT * FROM audience_outcomes ORDER BY at DESC LIMIT 1 BY audience, spool_id, batch_seq
)
GROUP BY audience
ORDER BY audience
