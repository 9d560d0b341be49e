-- The same for a reader of a few kinds of fact: the others are passed over here, by the names that are known to be theirs, so that an
-- old name which an upcaster lifts is never missed. Also where the stretch ends, picked or not.
SELECT '[' || string_agg('[' || notification_id || ',"' || originator_id || '",' || originator_version || ','
        || convert_from(state, 'UTF8') || ',' || committed_us || ']', ',') FILTER (WHERE topic <> ALL(%(others)s::text[])) || ']' AS recorded,
    max(notification_id) AS position
FROM (
    SELECT facts.*, batch.committed_us
    FROM (
        SELECT upto, lag(upto, 1, %(after)s) OVER (ORDER BY upto) AS before,
            (extract(epoch FROM committed_at) * 1000000)::bigint AS committed_us
        FROM {schema}.{batches} WHERE upto > %(after)s ORDER BY upto
    ) AS batch
    CROSS JOIN LATERAL (
        SELECT notification_id, originator_id, originator_version, topic, state FROM {schema}.{facts}
        WHERE notification_id > batch.before AND notification_id <= batch.upto ORDER BY notification_id LIMIT %(limit)s
    ) AS facts
    LIMIT %(limit)s
) AS stretch
