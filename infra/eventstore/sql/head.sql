-- The last position that is durable.
SELECT max(position) FROM {schema}.{flushed}
