-- Orders to forget a unit that are not carried out, of those that came before everything that is absorbed: what the unit did
-- before has arrived then, and what comes later is refused at the door. An order is a load of its own; where nothing comes after
-- it, it is enough that its spool is absorbed up to it: complete_to stays a little behind the receipt of the last load.
-- Reads: erasures, jobs. Safe to run at any time.
SELECT concat(unit_type, ' ', lower(hex(id_hash))) AS unit, toUnixTimestamp64Milli(max(erased_before)) AS before, concat('erase ', unit, ' ', toString(before)) AS id
FROM erasures
WHERE received_time <= fromUnixTimestamp64Milli({complete_to:Int64}, 'UTC')
   OR received_time <= fromUnixTimestamp64Milli({complete_to:Int64}, 'UTC') + toIntervalSecond(1)
      AND batch_seq <= transform(spool_id, {spools:Array(UInt64)}, {absorbed:Array(UInt64)}, toUInt64(0))
GROUP BY unit_type, id_hash
HAVING id NOT IN (SELECT id FROM jobs WHERE kind = 'erase' AND state = 'done')
ORDER BY id
LIMIT 1000
