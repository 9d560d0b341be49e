-- The first three and the last fact of each stream, as far as the log goes up to a position, as JSON arrays that decode like the log's. A bet
-- that waited first is struck by its second, or its third after a trader's answer.
SELECT '[' || coalesce(string_agg('[' || notification_id || ',"' || originator_id || '",' || originator_version || ','
        || convert_from(state, 'UTF8') || ',' || committed_us || ']', ',' ORDER BY originator_id, originator_version), '') || ']'
FROM (
    SELECT facts.notification_id, facts.originator_id, facts.originator_version, facts.state, (
        SELECT (extract(epoch FROM committed_at) * 1000000)::bigint FROM {schema}.{batches} AS batch
        WHERE batch.upto >= facts.notification_id ORDER BY batch.upto LIMIT 1
    ) AS committed_us
    FROM unnest(%(stream_ids)s::uuid[]) AS stream (id)
    CROSS JOIN LATERAL (
        SELECT max(originator_version) AS last FROM {schema}.{facts}
        WHERE originator_id = stream.id AND notification_id <= %(upto)s
    ) AS versions
    JOIN {schema}.{facts} AS facts ON facts.originator_id = stream.id
        AND facts.originator_version IN (1, 2, 3, versions.last) AND facts.originator_version <= versions.last
) AS ends
