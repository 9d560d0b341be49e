-- What the statements that pick from a stretch of the log pick from: its facts with their topics and the times of their batches.
(
    SELECT facts.*, batch.committed_us
    FROM (
        SELECT upto, lag(upto, 1, %(after)s) OVER (ORDER BY upto) AS before,
            (extract(epoch FROM committed_at) * 1000000)::bigint AS committed_us
        FROM {schema}.{batches}
        WHERE upto > %(after)s AND upto <= (SELECT max(position) FROM {schema}.{flushed}) ORDER BY upto
    ) AS batch
    CROSS JOIN LATERAL (
        SELECT notification_id, originator_id, originator_version, topic, state FROM {schema}.{facts}
        WHERE notification_id > batch.before AND notification_id <= batch.upto ORDER BY notification_id LIMIT %(limit)s
    ) AS facts
    LIMIT %(limit)s
) AS stretch
