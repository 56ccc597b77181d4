-- A change's lines.
-- Reads: idlist_effects. Writes: idlist_log. Safe to re-run: replaced by file and number.
INSERT INTO idlist_log (file, seq, line)
SELECT file, seq, concat(if(line > 0, '+', '-'), hash, '\n')
FROM idlist_effects
WHERE version = {version:UInt64} AND line != 0
