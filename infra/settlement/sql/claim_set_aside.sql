-- Claim legs whose next try is due, passing over what others have claimed; the second number is how often they were tried.
SELECT '[' || string_agg('["' || ctid || '","' || market_id || '","' || bet_id || '","' || account_id || '",'
        || tries || ',' || position || ']', ',') || ']'
FROM (
    SELECT ctid, * FROM {schema}.unsettled_leg WHERE retry_at <= clock_timestamp() ORDER BY retry_at LIMIT %b FOR UPDATE SKIP LOCKED
) AS claimed
