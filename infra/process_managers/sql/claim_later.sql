-- Claim cases whose time has come, passing over what others have claimed; the last number is how often they were tried.
-- What might have cancelled a case at its time must have been seen: none is claimed while the log has a commit, up to that time, that its
-- partition has not read. Where no partition is noted, which earlier versions did not, all must have. A case that was refused before waits
-- for nothing but its next try.
SELECT '[' || string_agg('["' || {key} || '","' || {case_id} || '","' || account_id || '",' || part || ',' || position
        || ',' || tries || ',"' || ctid || '"]', ',') || ']'
FROM (
    SELECT ctid, * FROM {schema}.{later} AS later
    WHERE retry_at <= clock_timestamp()
        AND (tries > 0 OR NOT EXISTS (
            SELECT FROM {schema}.process_manager_partition AS standing
            WHERE standing.manager = %(manager)b AND (standing.partition = later.partition OR later.partition IS NULL)
                AND (
                    SELECT committed_at FROM {schema}.stored_events_batches WHERE upto > standing.position ORDER BY upto LIMIT 1
                ) <= later.retry_at
        ))
    ORDER BY retry_at LIMIT %(limit)b FOR UPDATE SKIP LOCKED
) AS claimed
