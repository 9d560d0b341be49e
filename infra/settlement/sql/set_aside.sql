-- These legs could not be settled: they leave the way of the others and wait for their next try. The claim holds their rows.
WITH refused AS (SELECT * FROM unnest(%b::tid[], %b::text[]) AS given (row, reason)),
gone AS (DELETE FROM {schema}.open_leg USING refused WHERE open_leg.ctid = refused.row RETURNING open_leg.*, refused.reason)
INSERT INTO {schema}.unsettled_leg (market_id, position, bet_id, account_id, reason, retry_at)
SELECT market_id, position, bet_id, account_id, reason, clock_timestamp() + interval '1 second' FROM gone
ON CONFLICT (market_id, position) DO NOTHING
