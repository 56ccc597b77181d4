-- The days on which something came in, of a range: a day without any, up to the watermark, is one on which nothing happened.
-- Reads: dirty_days. Safe to run at any time.
SELECT DISTINCT toString(day) AS date FROM dirty_days WHERE scope = '' AND day BETWEEN {from:Date} AND {to:Date}
