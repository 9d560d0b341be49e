-- These cases were refused again: the pause doubles, up to ten minutes.
UPDATE {schema}.{later}
SET tries = tries + 1,
    reason = refused.reason,
    retry_at = clock_timestamp() + least(interval '1 second' * 2 ^ least(tries, 20), interval '10 minutes')
FROM unnest(%b::tid[], %b::text[]) AS refused (row, reason)
WHERE {later}.ctid = refused.row
