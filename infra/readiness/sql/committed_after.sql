-- When the first batch after each of these positions was committed; none where the log ends there.
SELECT wanted.position, (
    SELECT (extract(epoch FROM committed_at) * 1000000)::bigint FROM {schema}.{batches} WHERE upto > wanted.position ORDER BY upto LIMIT 1
) AS committed_us
FROM unnest(%s::bigint[]) AS wanted (position)
