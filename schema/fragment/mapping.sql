-- A fragment, for a subquery: which unit a secondary ID belongs to, from exposures and events that carry both.
-- unit:, other: stand for the columns of the experiment's ID type and of the secondary one. one: chooses the unit of an ID that was
-- seen with several, strict: says which IDs are mapped at all; others is with how many IDs the unit was seen.
-- Reads: exposures, events.
SELECT other_id, /* one: */ any(own_id) /* :one */ AS mapped_unit
FROM
(
    SELECT own_id, other_id, time, uniqExact(other_id) OVER (PARTITION BY own_id) AS others
    FROM
    (
        SELECT /* unit: */ user_id /* :unit */ AS own_id, /* other: */ anonymous_id /* :other */ AS other_id, time
        FROM
        (
            SELECT user_id, anonymous_id, unit_ids, time
            FROM exposures
            WHERE lowerUTF8(name) IN (lowerUTF8({id:String}), lowerUTF8({name:String})) AND environment = 'production'
            UNION ALL
            SELECT user_id, anonymous_id, unit_ids, time
            FROM events
            WHERE day >= toDate(fromUnixTimestamp64Milli({start:Int64}, 'UTC')) AND environment = 'production'
        )
    )
    WHERE own_id != '' AND other_id != '' AND time < fromUnixTimestamp64Milli({end:Int64}, 'UTC')
)
GROUP BY other_id
HAVING /* strict: */ true /* :strict */
