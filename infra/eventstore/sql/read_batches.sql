-- Whole batches after a position, the end of one: as many as hold so many facts, or all that are left. The facts as one JSON array (their
-- bytes in hex where they are no text), the batches as another, each with the digest of its rows as binary COPY would have them, the
-- positions of facts whose topic is not the name that they carry themselves, and, where these are the last, of facts that are in no batch.
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
            sha256(coalesce(string_agg(
                '\x000500000010'::bytea || uuid_send(originator_id)
                    || '\x00000008'::bytea || int8send(originator_version)
                    || int4send(octet_length(topic)) || convert_to(topic, 'UTF8')
                    || int4send(octet_length(state)) || state
                    || '\x00000008'::bytea || int8send(notification_id),
                ''::bytea
            ), ''::bytea)) AS rows_digest,
            string_agg(notification_id::text, ',') FILTER (
                WHERE substr(state, 1, octet_length(topic) + 10) = convert_to('{{"fact":"' || topic || '"', 'UTF8') IS NOT TRUE
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
                || encode(digest, 'hex') || '","' || encode(rows_digest, 'hex') || '"]',
            ',' ORDER BY upto
        ) || ']'
        FROM read
    ) AS batches,
    (SELECT '[' || string_agg(misnamed, ',' ORDER BY upto) || ']' FROM read) AS misnamed,
    (
        SELECT '[' || string_agg(notification_id::text, ',' ORDER BY notification_id) || ']' FROM {schema}.{facts}
        WHERE (notification_id > (SELECT max(upto) FROM {schema}.{batches}) OR notification_id <= 0)
            AND NOT EXISTS (SELECT FROM {schema}.{batches} WHERE upto >= %(after)s + %(facts_min)s)
    ) AS strays
