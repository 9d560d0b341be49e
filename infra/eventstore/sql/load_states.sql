-- What the states of several streams are folded from: the newest snapshot of each under its schema, and the facts after it, each as one
-- JSON array, and where the log ends. The laterals keep the planner on the primary keys, whatever it believes about the tables; the index gives the facts in order.
WITH wanted AS MATERIALIZED (
    SELECT asked.id, kept.version, kept.state
    FROM unnest($1::uuid[], $2::text[]) AS asked (id, schema)
    LEFT JOIN LATERAL (
        SELECT version, state FROM {schema}.{snapshots} WHERE stream_id = asked.id AND schema = asked.schema LIMIT 1
    ) AS kept ON true
)
SELECT
    (
        SELECT '[' || string_agg('["' || id || '",' || version || ',"' || translate(encode(state, 'base64'), E'\n', '') || '"]', ',') || ']'
        FROM wanted WHERE version IS NOT NULL
    ) AS snapshots,
    (
        SELECT '[' || string_agg(later.facts, ',') || ']'
        FROM wanted CROSS JOIN LATERAL (
            SELECT string_agg(
                '[' || notification_id || ',"' || originator_id || '",' || originator_version || ',' || convert_from(state, 'UTF8') || ']',
                ',' ORDER BY originator_version
            ) AS facts
            FROM {schema}.{facts}
            WHERE originator_id = wanted.id AND originator_version > coalesce(wanted.version, 0)
        ) AS later
    ) AS facts,
    (SELECT position FROM {schema}.{head}) AS position
