-- Decides what a change does, and commits it.
-- Reads: idlist_changes, idlist_members, idlist_leases. Writes: idlist_effects, all or nothing. Run once a version: the writer asks what is
-- there after any doubt.
INSERT INTO idlist_effects (version, list, epoch, file, unit_id, hash, member, time, delta, line, seq, source)
WITH
    heads AS
    (
        SELECT h.1 AS list, h.2 AS epoch, h.3 AS file, fromUnixTimestamp64Milli(h.4, 'UTC') AS floor, h.5 AS lines
        FROM (SELECT arrayJoin({heads:Array(Tuple(String, UInt64, UInt64, Int64, UInt64))}) AS h)
    ),
    asked AS -- the last word on each unit; at the same instant leaving wins
    (
        SELECT list, epoch, file, floor, lines, unit_id, left(base64Encode(SHA256(unit_id)), 8)::FixedString(8) AS hash, max((time, NOT member)) AS last
        FROM idlist_changes
        INNER JOIN heads USING (list)
        WHERE version = {version:UInt64}
        GROUP BY ALL
    ),
    known AS -- everybody who shares a hash with somebody asked for
    (
        SELECT epoch, hash, unit_id, argMax(member, version) AS member, argMax(time, version) AS time
        FROM idlist_members
        WHERE (epoch, hash) IN (SELECT epoch, hash FROM asked)
        GROUP BY epoch, hash, unit_id
    ),
    held AS (SELECT epoch, hash, countIf(member) AS units FROM known GROUP BY epoch, hash),
    moved AS -- those to whom something newer happened
    (
        SELECT a.list AS list, a.epoch AS epoch, a.file AS file, a.lines AS lines, a.unit_id AS unit_id, a.hash AS hash, NOT a.last.2 AS member,
               a.last.1 AS time, toInt8(member) - toInt8(k.member) AS delta, held.units AS units,
               sum(delta) OVER (PARTITION BY epoch, hash) AS change,
               row_number() OVER (PARTITION BY epoch, hash ORDER BY unit_id) AS nth
        FROM asked AS a
        LEFT JOIN known AS k ON k.epoch = a.epoch AND k.hash = a.hash AND k.unit_id = a.unit_id
        LEFT JOIN held ON held.epoch = a.epoch AND held.hash = a.hash
        WHERE a.last.1 > a.floor AND a.last > (k.time, NOT k.member)
    )
SELECT {version:UInt64}, list, epoch, file, unit_id, hash, member, time, delta,
       multiIf(nth > 1, 0, units = 0 AND change > 0, 1, units > 0 AND units + change = 0, -1, 0) AS line,
       lines + countIf(line != 0) OVER (PARTITION BY list ORDER BY hash, unit_id ROWS UNBOUNDED PRECEDING) - 1 AS seq,
       {source:String}
FROM moved
WHERE throwIf({owner:String} != '' AND {owner:String} != (
    SELECT argMin(owner, (since, owner))
    FROM (SELECT * FROM idlist_leases ORDER BY owner, written_at DESC LIMIT 1 BY owner)
    WHERE expires_at > now64(3)
), 'another server writes ID lists') = 0
