-- Digests of single facts, which snapshots of their streams are sealed with, and whose log they stand in.
SELECT originator_id::text, originator_version, encode(sha256(convert_to(topic, 'UTF8') || state), 'hex'), log_id
FROM {schema}.{head}
CROSS JOIN unnest($1::uuid[], $2::bigint[]) AS wanted (id, version)
JOIN {schema}.{facts} ON originator_id = wanted.id AND originator_version = wanted.version
