-- Save each snapshot unless a newer one is there. No stream may be named twice under one schema.
INSERT INTO {schema}.{snapshots} AS kept (stream_id, schema, version, state, times, seal)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::bytea[], $5::bytea[], $6::bytea[])
ON CONFLICT (stream_id, schema) DO UPDATE
    SET version = excluded.version, state = excluded.state, times = excluded.times, seal = excluded.seal
    WHERE kept.version < excluded.version
