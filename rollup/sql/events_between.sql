-- How many events some days have, copies included: the index knows it.
-- Reads: events. Safe to run at any time.
SELECT count() FROM events WHERE day BETWEEN toDate({utc_from:UInt16}) AND toDate({utc_to:UInt16})
