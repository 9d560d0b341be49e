-- Where the log ends, whose it is and what time it is, and where its chain of batches ends (position 0 for a log that has none yet).
SELECT head.position, head.log_id::text, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint,
    coalesce(last.upto, 0), coalesce((extract(epoch FROM last.committed_at) * 1000000)::bigint, 0), last.scheme, last.digest
FROM {schema}.{head} AS head
LEFT JOIN LATERAL (
    SELECT upto, committed_at, scheme, digest FROM {schema}.{batches} ORDER BY upto DESC LIMIT 1
) AS last ON true
