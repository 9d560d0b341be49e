-- The newest snapshot of each stream under one schema.
SELECT stream_id::text, version, state FROM {schema}.{snapshots} WHERE stream_id = ANY(%b::uuid[]) AND schema = %b
