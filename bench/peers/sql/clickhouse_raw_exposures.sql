-- The exposures of the pulse suite, for another engine.
-- Reads: exposures.
SELECT user_id, rule, toUnixTimestamp64Milli(time) AS ms FROM exposures WHERE name = 'bench' AND environment = 'production'
