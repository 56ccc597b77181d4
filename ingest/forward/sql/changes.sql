-- Changes of definitions after the cursor, the oldest first, each with what was before it. The last two seconds are left for the next time: a
-- change gets its time before it can be read, so one that is a little older may still appear.
-- Reads: definitions. Safe to run at any time.
SELECT kind, id, version, body, deleted, author, toUnixTimestamp64Milli(changed_at) AS changed,
       cityHash64(kind, id, version) AS change, before
FROM
(
    SELECT toString(kind) AS kind, id, version, body, deleted, author, changed_at,
           lagInFrame(body, 1, '') OVER (PARTITION BY kind, id ORDER BY version ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS before
    FROM (SELECT * FROM definitions ORDER BY kind, id, version LIMIT 1 BY kind, id, version)
)
WHERE (changed, change) > ({changed_at:Int64}, {change:UInt64})
  AND changed_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC') AND changed_at < now64(3) - INTERVAL 2 SECOND
ORDER BY changed, change
LIMIT {limit:UInt64}
