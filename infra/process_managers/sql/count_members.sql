-- How many processes share the partitions of a manager.
SELECT count(DISTINCT pid) FROM pg_locks
WHERE locktype = 'advisory' AND granted AND objsubid = 2 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND classid::bigint = %b::bigint AND objid::bigint = hashtext(%b)::bigint & 4294967295
