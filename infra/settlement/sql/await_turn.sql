-- One process at a time projects; the others wait here and are let in the moment its session ends, however it ends.
SELECT pg_advisory_lock(%b)
