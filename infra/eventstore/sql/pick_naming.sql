-- Facts of a few kinds that name a stream, from where that begins: after a position, up to another, a limited number of them; kinds are
-- chosen as in pick_log. No index knows who names whom, so this reads a stretch of the log, and is for what happens seldom.
SELECT '[' || string_agg('[' || notification_id || ',"' || originator_id || '",' || originator_version || ',' || convert_from(state, 'UTF8')
        || ']', ',') || ']'
FROM (
    SELECT notification_id, originator_id, originator_version, state FROM {schema}.{facts}
    WHERE notification_id > greatest(
            %(after)s,
            (SELECT notification_id FROM {schema}.{facts} WHERE originator_id = %(stream_id)s::text::uuid AND originator_version = 1)
        )
        AND notification_id <= %(upto)s
        AND topic <> ALL(%(others)s::text[])
        AND position(convert_to(%(stream_id)s::text, 'UTF8') IN state) > 0
    ORDER BY notification_id
    LIMIT %(limit)s
) AS naming
