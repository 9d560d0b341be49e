-- The facts of several streams, each after a version of its own, as one JSON array in the order of stream and version.
SELECT '[' || string_agg('[' || notification_id || ',"' || originator_id || '",' || originator_version || ','
        || convert_from(state, 'UTF8') || ']', ',') || ']' AS recorded
FROM (
    SELECT facts.notification_id, facts.originator_id, facts.originator_version, facts.state
    FROM unnest(%b::uuid[], %b::bigint[]) AS wanted (id, version)
    JOIN {schema}.{facts} AS facts ON facts.originator_id = wanted.id AND facts.originator_version > wanted.version
    ORDER BY facts.originator_id, facts.originator_version
) AS stretch
