-- Claim cases whose time has come, passing over what others have claimed; the last number is how often they were tried.
SELECT '[' || string_agg('["' || {key} || '","' || {case_id} || '","' || account_id || '",' || part || ',' || position
        || ',' || tries || ',"' || ctid || '"]', ',') || ']'
FROM (
    SELECT ctid, * FROM {schema}.{later} WHERE retry_at <= clock_timestamp() ORDER BY retry_at LIMIT %b FOR UPDATE SKIP LOCKED
) AS claimed
