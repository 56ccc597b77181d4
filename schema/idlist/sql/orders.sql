-- How many orders to forget a unit there are.
-- Reads: erasures. Safe to run at any time.
SELECT count() FROM erasures
