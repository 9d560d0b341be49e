-- The facts of several streams, each after a version of its own, as one JSON array in the order of stream and version. The lateral
-- with its limit keeps the planner on the primary key, whatever it believes about the table.
SELECT '[' || string_agg('[' || notification_id || ',"' || originator_id || '",' || originator_version || ','
        || convert_from(state, 'UTF8') || ',' || committed_us || ']', ',') || ']' AS recorded
FROM (
    SELECT facts.notification_id, wanted.id AS originator_id, facts.originator_version, facts.state, batch.committed_us
    FROM unnest(%b::uuid[], %b::bigint[]) WITH ORDINALITY AS wanted (id, version, number)
    CROSS JOIN LATERAL (
        SELECT notification_id, originator_version, state FROM {schema}.{facts}
        WHERE originator_id = wanted.id AND originator_version > wanted.version
        ORDER BY originator_version LIMIT 1000000000
    ) AS facts
    CROSS JOIN LATERAL (
        SELECT (extract(epoch FROM committed_at) * 1000000)::bigint AS committed_us FROM {schema}.{batches}
        WHERE upto >= facts.notification_id ORDER BY upto LIMIT 1
    ) AS batch
    ORDER BY wanted.number, facts.originator_version
) AS stretch
