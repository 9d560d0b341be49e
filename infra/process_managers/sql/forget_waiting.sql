-- Forget every case that waits and everything that came, as it is of another log than the one that is here now.
WITH cases AS (DELETE FROM {schema}.{waiting})
DELETE FROM {schema}.{came}
