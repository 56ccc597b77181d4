-- First exposures of one experiment from one spool's loads. The group is the one whose id is the rule, else whose name is
-- the rule's name or the rule (without case), else the one the rule counts to from 0. Only production, only [start, end). An
-- exposure to a group that was chosen by hand, which its reason says, is noted as group !override.
-- Reads: exposures. Writes: first_exposures.
-- Safe to re-run because only the earliest time is kept per unit and group.
-- unit: stands for the column of the experiment's ID type.
INSERT INTO first_exposures (experiment, unit_id, group_id, first_time)
SELECT {experiment:String}, unit_id, if(by_hand, '!override', {groups:Array(String)}[place]) AS group_id, min(time)
FROM
(
    SELECT time, positionCaseInsensitive(reason, 'override') > 0 AS by_hand, /* unit: */ user_id /* :unit */ AS unit_id,
           arrayMap(name -> lowerUTF8(name), {group_names:Array(String)}) AS names,
           /* group: */ multiIf(
               has({groups:Array(String)}, rule), indexOf({groups:Array(String)}, rule),
               rule_name != '' AND has(names, lowerUTF8(rule_name)), indexOf(names, lowerUTF8(rule_name)),
               rule != '' AND has(names, lowerUTF8(rule)), indexOf(names, lowerUTF8(rule)),
               match(rule, '^[0-9]{1,3}$') AND toUInt16OrZero(rule) < length(names), toUInt16OrZero(rule) + 1,
               0) /* :group */ AS place
    FROM exposures
    WHERE spool_id = {spool:UInt64} AND batch_seq BETWEEN {from:UInt64} AND {to:UInt64} AND environment = 'production'
      AND lowerUTF8(name) IN (lowerUTF8({id:String}), lowerUTF8({name:String}))
      AND time >= fromUnixTimestamp64Milli({start:Int64}, 'UTC') AND time < fromUnixTimestamp64Milli({end:Int64}, 'UTC')
)
WHERE unit_id != '' AND (place > 0 OR by_hand)
GROUP BY unit_id, group_id
