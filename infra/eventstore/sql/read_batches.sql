-- Whole batches after a position, the end of one: as many as hold so many facts, or all that are left. Of each its facts, as parts of one
-- JSON array (their bytes in hex where they are no text); their rows as binary COPY would have them, to be digested by whoever asks, as
-- processors have instructions for that which Postgres may be built without; and as JSON what its own row says, whether it is the last one,
-- and the positions of facts whose topic is not the name that they carry themselves.
SELECT of_batch.facts, of_batch.rows,
    '[' || upto || ',' || committed_us || ',[' || array_to_string(append_sizes, ',', '-1') || '],' || scheme || ',"' || encode(digest, 'hex')
        || '",' || (upto >= head.position) || ',[' || coalesce(misnamed, '') || ']]' AS batch
FROM (
    SELECT upto, lag(upto, 1, %(after)s::bigint) OVER (ORDER BY upto) AS before,
        (extract(epoch FROM committed_at) * 1000000)::bigint AS committed_us, append_sizes, scheme, digest
    FROM {schema}.{batches}
    WHERE upto > %(after)s AND upto <= coalesce(
        (SELECT upto FROM {schema}.{batches} WHERE upto >= %(after)s + %(facts_min)s ORDER BY upto LIMIT 1), 9223372036854775807
    )
    ORDER BY upto
) AS batch
CROSS JOIN (SELECT position FROM {schema}.{head}) AS head
CROSS JOIN LATERAL (
    SELECT
        string_agg(
            '[' || notification_id || ',"' || originator_id || '",' || originator_version || ','
                || CASE WHEN %(as_hex)s THEN '"' || encode(state, 'hex') || '"' ELSE convert_from(state, 'UTF8') END
                || ',' || batch.committed_us || ']',
            ','
        ) AS facts,
        string_agg(
            '\x000500000010'::bytea || uuid_send(originator_id)
                || '\x00000008'::bytea || int8send(originator_version)
                || int4send(octet_length(topic)) || textsend(topic)
                || int4send(octet_length(state)) || state
                || '\x00000008'::bytea || int8send(notification_id),
            ''::bytea
        ) AS rows,
        string_agg(notification_id::text, ',') FILTER (
            WHERE substr(state, 1, octet_length(topic) + 10) = textsend('{{"fact":"' || topic || '"') IS NOT TRUE
        ) AS misnamed
    FROM (
        SELECT originator_id, originator_version, topic, state, notification_id FROM {schema}.{facts}
        WHERE notification_id > batch.before AND notification_id <= batch.upto ORDER BY notification_id LIMIT 1000000000
    ) AS facts
) AS of_batch
ORDER BY upto
