-- Decides what a change does, and commits it. What is asked and what is known of the same hashes is aggregated together, once. An instant and what
-- happened then are one number, 2 * ms + 1 where a unit leaves: the largest is the last word, at the same instant leaving wins. Numbers are
-- aggregated several times faster than tuples.
-- Reads: idlist_changes, idlist_members, idlist_leases. Writes: idlist_effects, all or nothing. Run once a version: the writer asks what is
-- there after any doubt.
INSERT INTO idlist_effects (version, list, epoch, file, unit_id, hash, member, time, delta, line, seq, source)
WITH
    heads AS
    (
        SELECT h.1 AS list, h.2 AS epoch, h.3 AS file, 2 * h.4 + 1 AS floor, h.5 AS lines
        FROM (SELECT arrayJoin({heads:Array(Tuple(String, UInt64, UInt64, Int64, UInt64))}) AS h)
    ),
    units AS -- everybody asked for, and everybody who shares a hash with one of them; nothing known is having left in 1970
    (
        SELECT epoch, hash, unit_id, max(ask) AS last, argMax(state, version) AS known
        FROM
        (
            SELECT epoch, hash, unit_id, 2 * toUnixTimestamp64Milli(time) + (NOT member) AS ask, 0::UInt64 AS version, 1::Int64 AS state
            FROM idlist_changes
            INNER JOIN heads USING (list)
            WHERE idlist_changes.version = {version:UInt64}
            UNION ALL
            SELECT epoch, hash, unit_id, 0::Int64, version, 2 * toUnixTimestamp64Milli(time) + (NOT member)
            FROM idlist_members
            WHERE (epoch, hash) IN (SELECT epoch, hash FROM idlist_changes INNER JOIN heads USING (list) WHERE idlist_changes.version = {version:UInt64})
        )
        GROUP BY epoch, hash, unit_id
    ),
    hashes AS -- of each hash how many are in, and those to whom something newer happened
    (
        SELECT heads.list AS list, epoch, heads.file AS file, heads.lines AS lines, hash, countIf(bitAnd(known, 1) = 0) AS held,
               groupArrayIf((unit_id, last, known), last > heads.floor AND last > known) AS found,
               if(length(found) > 1, arraySort(found), found) AS moved,
               arraySum(m -> bitAnd(m.3, 1) - bitAnd(m.2, 1), moved) AS change
        FROM units
        INNER JOIN heads USING (epoch)
        GROUP BY epoch, hash, list, file, lines
        HAVING notEmpty(found)
    )
SELECT {version:UInt64}, list, epoch, file, m.1 AS unit_id, hash, (bitAnd(m.2, 1) = 0)::Bool AS member, fromUnixTimestamp64Milli(intDiv(m.2, 2), 'UTC') AS time,
       toInt8(bitAnd(m.3, 1) - bitAnd(m.2, 1)) AS delta,
       multiIf(nth > 1, 0, held = 0 AND change > 0, 1, held > 0 AND held + change = 0, -1, 0) AS line,
       lines + countIf(line != 0) OVER (PARTITION BY epoch ROWS UNBOUNDED PRECEDING) - 1 AS seq, {source:String}
FROM hashes
ARRAY JOIN moved AS m, arrayEnumerate(moved) AS nth
WHERE throwIf({owner:String} != '' AND {owner:String} != (
    SELECT argMin(owner, (since, owner))
    FROM (SELECT * FROM idlist_leases ORDER BY owner, written_at DESC LIMIT 1 BY owner)
    WHERE expires_at > now64(3)
), 'another server writes ID lists') = 0
