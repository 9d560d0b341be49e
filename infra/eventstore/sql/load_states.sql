-- What the states of several streams are folded from: the newest snapshot of each under its schema with the digest of the fact at its
-- version, and the facts after it (after `after` where there is none, at most $4 of each stream), each as one JSON array; the streams that
-- have more; where the log ends, and what time it is there. The laterals keep the planner on the primary keys, whatever it believes about
-- the tables; the index gives the facts in order.
WITH wanted AS MATERIALIZED (
    SELECT asked.id, kept.*, coalesce(kept.version, asked.after) AS since
    FROM unnest($1::uuid[], $2::text[], $3::bigint[]) AS asked (id, schema, after)
    LEFT JOIN LATERAL (
        SELECT version, state, times, seal FROM {schema}.{snapshots} WHERE stream_id = asked.id AND schema = asked.schema LIMIT 1
    ) AS kept ON true
), found AS MATERIALIZED (
    SELECT wanted.id, later.*
    FROM wanted CROSS JOIN LATERAL (
        SELECT string_agg(
                '[' || notification_id || ',"' || wanted.id || '",' || originator_version || ','
                    || convert_from(state, 'UTF8') || ',' || committed_us || ']',
                ',' ORDER BY originator_version
            ) FILTER (WHERE number <= $4::bigint) AS facts,
            count(*) > $4::bigint AS more
        FROM (
            SELECT row_number() OVER (ORDER BY originator_version) AS number, facts.*, (
                    SELECT (extract(epoch FROM committed_at) * 1000000)::bigint FROM {schema}.{batches}
                    WHERE upto >= facts.notification_id ORDER BY upto LIMIT 1
                ) AS committed_us
            FROM (
                SELECT notification_id, originator_version, state FROM {schema}.{facts}
                WHERE originator_id = wanted.id AND originator_version > wanted.since ORDER BY originator_version LIMIT $4::bigint + 1
            ) AS facts
        ) AS facts
    ) AS later
)
SELECT
    (
        SELECT '[' || string_agg('["' || id || '",' || version || ',"' || translate(encode(state, 'base64'), E'\n', '') || '","'
            || translate(encode(times, 'base64'), E'\n', '') || '","' || encode(seal, 'hex') || '","' || coalesce((
                SELECT encode(sha256(convert_to(topic, 'UTF8') || state), 'hex') FROM {schema}.{facts}
                WHERE originator_id = wanted.id AND originator_version = wanted.version
            ), '') || '"]', ',') || ']'
        FROM wanted WHERE version IS NOT NULL
    ) AS snapshots,
    (SELECT '[' || string_agg(facts, ',') || ']' FROM found) AS facts,
    (SELECT string_agg(id::text, ' ') FROM found WHERE more) AS more,
    position,
    (extract(epoch FROM greatest(clock_timestamp(), committed_at)) * 1000000)::bigint AS now_us,
    log_id
FROM {schema}.{head}
