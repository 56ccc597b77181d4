-- Which of some first exposures are known, and at which address each was.
-- Reads: forward_first. Safe to run at any time.
SELECT lower(hex(reinterpretAsFixedString(id))) AS known, argMin(spool_id, found_at) AS spool, argMin(position, found_at) AS place
FROM forward_first
WHERE destination = {destination:String} AND replay = {replay:UInt32}
  AND id IN (SELECT reinterpretAsUInt128(unhex(arrayJoin({ids:Array(String)}))))
GROUP BY id
