-- Whole batches after a position, the end of one: as many as hold so many facts, or all that are left. The facts as one JSON array (their
-- bytes in hex where they are no text); the batches as another; the rows of all facts as binary COPY would have them, to be digested by
-- whoever asks, as processors have instructions for that which Postgres may be built without; the positions of facts whose topic is not the
-- name that they carry themselves; and, where these are the last batches, of facts that are in none.
WITH batch AS MATERIALIZED (
    SELECT upto, lag(upto, 1, %(after)s::bigint) OVER (ORDER BY upto) AS before,
        (extract(epoch FROM committed_at) * 1000000)::bigint AS committed_us, append_sizes, scheme, digest
    FROM {schema}.{batches}
    WHERE upto > %(after)s AND upto <= coalesce(
        (SELECT upto FROM {schema}.{batches} WHERE upto >= %(after)s + %(facts_min)s ORDER BY upto LIMIT 1), 9223372036854775807
    )
    ORDER BY upto
), read AS MATERIALIZED (
    SELECT batch.*, of_batch.*
    FROM batch CROSS JOIN LATERAL (
        SELECT
            string_agg(
                '[' || notification_id || ',"' || originator_id || '",' || originator_version || ','
                    || CASE WHEN %(as_hex)s THEN '"' || encode(state, 'hex') || '"' ELSE convert_from(state, 'UTF8') END
                    || ',' || committed_us || ']',
                ','
            ) AS facts,
            coalesce(string_agg(
                '\x000500000010'::bytea || uuid_send(originator_id)
                    || '\x00000008'::bytea || int8send(originator_version)
                    || int4send(octet_length(topic)) || textsend(topic)
                    || int4send(octet_length(state)) || state
                    || '\x00000008'::bytea || int8send(notification_id),
                ''::bytea
            ), ''::bytea) AS rows,
            string_agg(notification_id::text, ',') FILTER (
                WHERE substr(state, 1, octet_length(topic) + 10) = textsend('{{"fact":"' || topic || '"') IS NOT TRUE
            ) AS misnamed
        FROM (
            SELECT originator_id, originator_version, topic, state, notification_id FROM {schema}.{facts}
            WHERE notification_id > batch.before AND notification_id <= batch.upto ORDER BY notification_id LIMIT 1000000000
        ) AS facts
    ) AS of_batch
)
SELECT
    (SELECT '[' || string_agg(facts, ',' ORDER BY upto) || ']' FROM read) AS facts,
    (
        SELECT '[' || string_agg(
            '[' || upto || ',' || committed_us || ',[' || array_to_string(append_sizes, ',', '-1') || '],' || scheme || ',"'
                || encode(digest, 'hex') || '",' || octet_length(rows) || ']',
            ',' ORDER BY upto
        ) || ']'
        FROM read
    ) AS batches,
    (SELECT string_agg(rows, ''::bytea ORDER BY upto) FROM read) AS rows,
    (SELECT '[' || string_agg(misnamed, ',' ORDER BY upto) || ']' FROM read) AS misnamed,
    (
        SELECT '[' || string_agg(notification_id::text, ',' ORDER BY notification_id) || ']' FROM {schema}.{facts}
        WHERE (notification_id > (SELECT max(upto) FROM {schema}.{batches}) OR notification_id <= 0)
            AND NOT EXISTS (SELECT FROM {schema}.{batches} WHERE upto >= %(after)s + %(facts_min)s)
    ) AS strays
