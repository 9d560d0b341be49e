-- The first facts after a position, and up to another, that stand in the stream of an account or name it, as one JSON array in order. No
-- index knows who names whom, so this reads a stretch of the log, from shortly before the account was registered: its claims come first.
SELECT '[' || string_agg('[' || notification_id || ',"' || originator_id || '",' || originator_version || ','
        || convert_from(state, 'UTF8') || ',' || committed_us || ']', ',' ORDER BY notification_id) || ']' AS recorded
FROM (
    SELECT facts.*, batch.committed_us
    FROM (
        SELECT notification_id, originator_id, originator_version, state FROM {schema}.{facts}
        WHERE notification_id > greatest(
                %b::bigint,
                (SELECT notification_id FROM {schema}.{facts} WHERE originator_id = %b::uuid AND originator_version = 1) - 100
            )
            AND notification_id <= %b::bigint
            AND (originator_id = %b::uuid OR position(convert_to(%b::uuid::text, 'UTF8') IN state) > 0)
        ORDER BY notification_id LIMIT %b::bigint
    ) AS facts
    CROSS JOIN LATERAL (
        SELECT (extract(epoch FROM committed_at) * 1000000)::bigint AS committed_us FROM {schema}.{batches}
        WHERE upto >= facts.notification_id ORDER BY upto LIMIT 1
    ) AS batch
) AS stretch
