-- These cases were refused: they move to another table, where they delay no others, and wait for their next try. The claim holds their rows.
WITH refused AS (SELECT * FROM unnest(%b::tid[], %b::text[]) AS given (row, reason)),
gone AS (DELETE FROM {schema}.{waiting} USING refused WHERE {waiting}.ctid = refused.row RETURNING {waiting}.*, refused.reason)
INSERT INTO {schema}.{later} ({key}, position, part, {case_id}, account_id, reason, retry_at)
SELECT {key}, position, part, {case_id}, account_id, reason, clock_timestamp() + interval '1 second' FROM gone
ON CONFLICT DO NOTHING
