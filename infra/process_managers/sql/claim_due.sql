-- Claim the next cases that wait for what came, in the order in which it came and then of the cases, passing over what others have claimed,
-- as one JSON array that decodes in one call. Rows are locked one by one as the limit asks for them, so no more are locked than are given.
SELECT '[' || string_agg('["' || {key} || '","' || {case_id} || '","' || account_id || '",' || part || ',' || position
        || ',' || came_position || ',"' || ctid || '"]', ',') || ']'
FROM (
    SELECT waiting.*, came.position AS came_position
    FROM (
        SELECT {key}, position FROM {schema}.{came} WHERE position >= %(came)b ORDER BY position
    ) AS came
    CROSS JOIN LATERAL (
        SELECT {waiting}.ctid, {waiting}.* FROM {schema}.{waiting}
        WHERE {waiting}.{key} = came.{key}
            AND ({waiting}.position, {waiting}.part) > (
                CASE WHEN came.position = %(came)b THEN %(position)b ELSE 0 END,
                CASE WHEN came.position = %(came)b THEN %(part)b ELSE 0 END
            )
        ORDER BY {waiting}.position, {waiting}.part
        FOR UPDATE SKIP LOCKED
    ) AS waiting
    LIMIT %(limit)b
) AS claimed
