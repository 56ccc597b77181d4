-- Keeps a piece of the answer of a run of a custom query.
-- Writes: custom_query_answers. Safe to re-run because a row is replaced by its key.
INSERT INTO custom_query_answers (query, run, part, text)
SELECT {query:String}, {run:String}, {part:UInt32}, {text:String}
