-- Begins another file with those who are in: what went in and out again is forgotten.
-- Reads: idlist_members. Writes: idlist_log, under a file that no head names yet; a file that was begun and left is never named.
INSERT INTO idlist_log (file, seq, line)
SELECT {file:UInt64}, rowNumberInAllBlocks(), concat('+', hash, '\n')
FROM
(
    SELECT DISTINCT hash
    FROM (SELECT hash, unit_id, argMax(member, version) AS member FROM idlist_members WHERE epoch = {epoch:UInt64} GROUP BY hash, unit_id HAVING member)
    ORDER BY hash
)
