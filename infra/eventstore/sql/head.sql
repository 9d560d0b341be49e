-- The last position that was committed.
SELECT position FROM {schema}.{head}
