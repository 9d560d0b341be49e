-- A stretch of the log as one JSON array that decodes in one call, and where it ends. Positions are gapless in commit order, so whatever is returned
-- has everything before its end. The outer loop goes over the batches, whose times their facts have; a batch begins where the one before
-- ended. The aggregate takes the rows in the order of the ordered subqueries; the limit keeps the inner one on its index.
SELECT '[' || string_agg('[' || notification_id || ',"' || originator_id || '",' || originator_version || ','
        || convert_from(state, 'UTF8') || ',' || committed_us || ']', ',') || ']' AS recorded,
    max(notification_id)::text AS position
FROM (
    SELECT facts.*, batch.committed_us
    FROM (
        SELECT upto, lag(upto, 1, %(after)s) OVER (ORDER BY upto) AS before,
            (extract(epoch FROM committed_at) * 1000000)::bigint AS committed_us
        FROM {schema}.{batches}
        WHERE upto > %(after)s AND upto <= (SELECT max(position) FROM {schema}.{flushed}) ORDER BY upto
    ) AS batch
    CROSS JOIN LATERAL (
        SELECT notification_id, originator_id, originator_version, state FROM {schema}.{facts}
        WHERE notification_id > batch.before AND notification_id <= batch.upto ORDER BY notification_id LIMIT %(limit)s
    ) AS facts
    LIMIT %(limit)s
) AS stretch
