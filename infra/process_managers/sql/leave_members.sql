-- Be counted no longer.
SELECT pg_advisory_unlock_shared(%b, hashtext(%b))
