-- Keep a snapshot unless a newer one is there.
INSERT INTO {schema}.{snapshots} AS kept (stream_id, schema, version, state) VALUES (%b::uuid, %b, %b, %b)
ON CONFLICT (stream_id, schema) DO UPDATE SET version = excluded.version, state = excluded.state WHERE kept.version < excluded.version
