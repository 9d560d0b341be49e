-- Let another process keep the tables of a manager.
SELECT pg_advisory_unlock(%b, hashtext(%b))
