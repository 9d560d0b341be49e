-- Forget every case that has a time, as it is of another log than the one that is here now.
DELETE FROM {schema}.{later}
