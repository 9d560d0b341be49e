-- What was appended after a position, of the kinds that decisions in every process wait for, as one JSON array of facts in order. It is read
-- while the head is locked, in the question that locks it.
SELECT '[' || string_agg('[' || notification_id || ',"' || originator_id || '",' || originator_version || ','
        || convert_from(state, 'UTF8') || ',' || committed_us || ']', ',' ORDER BY notification_id) || ']'
FROM (
    SELECT notification_id, originator_id, originator_version, state, (
            SELECT (extract(epoch FROM committed_at) * 1000000)::bigint FROM {schema}.{batches}
            WHERE upto >= notification_id ORDER BY upto LIMIT 1
        ) AS committed_us
    FROM {schema}.{facts}
    WHERE notification_id > $1::bigint AND notification_id <= $1::bigint + $2::bigint AND topic = ANY({followed}::text[])
) AS followed
