-- When each of these producers was heard of last, by the log's time, and what it is called. The lateral with its order keeps the planner
-- on the primary key.
SELECT (
        SELECT convert_from(state, 'UTF8')::json ->> 'name' FROM {schema}.{facts}
        WHERE originator_id = wanted.id AND originator_version = 1
    ) AS name,
    (
        SELECT (extract(epoch FROM committed_at) * 1000000)::bigint FROM {schema}.{batches}
        WHERE upto >= beat.notification_id ORDER BY upto LIMIT 1
    ) AS committed_us
FROM unnest(%s::uuid[]) AS wanted (id)
CROSS JOIN LATERAL (
    SELECT notification_id FROM {schema}.{facts} WHERE originator_id = wanted.id ORDER BY originator_version DESC LIMIT 1
) AS beat
