-- What each of our tables holds, in rows, parts and bytes.
-- Reads: system.tables, system.parts. Safe to run at any time.
SELECT t.name AS name, toUInt64(ifNull(p.row_count, 0)) AS row_count, toUInt64(ifNull(p.part_count, 0)) AS part_count, toUInt64(ifNull(p.size, 0)) AS size, toUInt64(ifNull(p.plain, 0)) AS plain
FROM (SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree') AS t
LEFT JOIN
(
    SELECT table, sum(rows) AS row_count, count() AS part_count, sum(bytes_on_disk) AS size, sum(data_uncompressed_bytes) AS plain
    FROM system.parts
    WHERE database = currentDatabase() AND active
    GROUP BY table
) AS p ON p.table = t.name
ORDER BY size DESC, name
