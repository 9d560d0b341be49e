-- One process at a time keeps the tables of a manager; it has its turn until its session ends, however it ends.
SELECT pg_try_advisory_lock(%b, hashtext(%b))
