-- The first facts of one stream after a version, as one JSON array in order; the limit keeps memory small however long the stream is.
SELECT '[' || string_agg('[' || notification_id || ',"' || originator_id || '",' || originator_version || ','
        || convert_from(state, 'UTF8') || ',' || committed_us || ']', ',') || ']' AS recorded
FROM (
    SELECT facts.*, batch.committed_us
    FROM (
        SELECT notification_id, originator_id, originator_version, state FROM {schema}.{facts}
        WHERE originator_id = %b::uuid AND originator_version > %b::bigint
        ORDER BY originator_version LIMIT %b::bigint
    ) AS facts
    CROSS JOIN LATERAL (
        SELECT (extract(epoch FROM committed_at) * 1000000)::bigint AS committed_us FROM {schema}.{batches}
        WHERE upto >= facts.notification_id ORDER BY upto LIMIT 1
    ) AS batch
    ORDER BY facts.originator_version
) AS stretch
