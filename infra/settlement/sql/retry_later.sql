-- These legs could not be settled again: the pause doubles, up to ten minutes.
UPDATE {schema}.unsettled_leg
SET tries = tries + 1,
    reason = refused.reason,
    retry_at = clock_timestamp() + least(interval '1 second' * 2 ^ least(tries, 20), interval '10 minutes')
FROM unnest(%b::tid[], %b::text[]) AS refused (row, reason)
WHERE unsettled_leg.ctid = refused.row
