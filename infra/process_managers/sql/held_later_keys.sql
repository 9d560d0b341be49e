-- The same for a manager whose cases all have a time.
SELECT DISTINCT {key}::text FROM {schema}.{later}
