-- Be counted among the processes that share the partitions of a manager, until this session ends, however it ends.
SELECT pg_advisory_lock_shared(%b, hashtext(%b))
