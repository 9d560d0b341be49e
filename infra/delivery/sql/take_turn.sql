-- One process at a time turns facts into deliveries; it has its turn until its session ends, however it ends.
SELECT pg_try_advisory_lock(%(lock)s)
