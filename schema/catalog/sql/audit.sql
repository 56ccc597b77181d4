-- What was changed by whom, the newest first, each with the version before it. Keys are left out: their secrets are nobody's business.
-- Reads: definitions. Safe to run at any time.
SELECT kind, id, version, body, deleted, author, changed_at, before, count() OVER () AS total
FROM
(
    SELECT kind, id, version, body, deleted, author, changed_at,
           lagInFrame(body, 1, '') OVER (PARTITION BY kind, id ORDER BY version ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS before
    FROM (SELECT * FROM definitions WHERE kind NOT IN ('key', 'secret') ORDER BY kind, id, version LIMIT 1 BY kind, id, version)
)
WHERE ({id:String} = '' OR id = {id:String}) AND ({kind:String} = '' OR kind = {kind:String})
  AND changed_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND changed_at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
  AND ({action:String} = '' OR multiIf(deleted, 'delete', version = 1, 'create', 'update') = {action:String})
ORDER BY changed_at DESC, kind, id, version DESC
LIMIT {limit:UInt32} OFFSET {offset:UInt32}
