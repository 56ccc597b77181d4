-- The engine's age, memory and disk.
-- Reads: system.disks, system.metrics. Safe to run at any time.
SELECT version() AS version, toUInt64(uptime()) AS uptime,
       toUInt64(greatest((SELECT sum(value) FROM system.metrics WHERE metric = 'MemoryTracking'), 0)) AS memory,
       toUInt64((SELECT min(free_space) FROM system.disks)) AS disk_free,
       toUInt64((SELECT min(total_space) FROM system.disks)) AS disk_total
