-- The last version of each of these streams.
SELECT wanted.id::text, last.originator_version
FROM unnest($1::uuid[]) AS wanted (id)
CROSS JOIN LATERAL (
    SELECT originator_version FROM {schema}.{facts}
    WHERE originator_id = wanted.id ORDER BY originator_version DESC LIMIT 1
) AS last
