-- Delete snapshots that could not be verified.
DELETE FROM {schema}.{snapshots} AS snapshots USING unnest($1::uuid[], $2::text[], $3::bigint[]) AS doubted (id, schema, version)
WHERE snapshots.stream_id = doubted.id AND snapshots.schema = doubted.schema AND snapshots.version = doubted.version
