-- Keep each snapshot unless a newer one is there. No stream may be named twice under one schema.
INSERT INTO {schema}.{snapshots} AS kept (stream_id, schema, version, state)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::bytea[])
ON CONFLICT (stream_id, schema) DO UPDATE SET version = excluded.version, state = excluded.state WHERE kept.version < excluded.version
