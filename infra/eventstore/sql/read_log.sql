-- A stretch of the log as one JSON array that decodes in one call. Positions are gapless in commit order, so whatever is returned
-- has everything before its end. The aggregate takes the rows in the order of the ordered subquery.
SELECT '[' || string_agg('[' || notification_id || ',"' || originator_id || '",' || originator_version || ','
        || convert_from(state, 'UTF8') || ']', ',') || ']' AS recorded
FROM (
    SELECT notification_id, originator_id, originator_version, state FROM {schema}.{facts}
    WHERE notification_id > %b ORDER BY notification_id LIMIT %b
) AS stretch
