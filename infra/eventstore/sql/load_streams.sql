-- The facts of several streams, each after a version of its own, as one JSON array in the order of stream and version. The lateral
-- with its limit keeps the planner on the primary key, whatever it believes about the table.
SELECT '[' || string_agg('[' || notification_id || ',"' || originator_id || '",' || originator_version || ','
        || convert_from(state, 'UTF8') || ']', ',') || ']' AS recorded
FROM (
    SELECT facts.notification_id, wanted.id AS originator_id, facts.originator_version, facts.state
    FROM unnest(%b::uuid[], %b::bigint[]) WITH ORDINALITY AS wanted (id, version, number)
    CROSS JOIN LATERAL (
        SELECT notification_id, originator_version, state FROM {schema}.{facts}
        WHERE originator_id = wanted.id AND originator_version > wanted.version
        ORDER BY originator_version LIMIT 1000000000
    ) AS facts
    ORDER BY wanted.number, facts.originator_version
) AS stretch
