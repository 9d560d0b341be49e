-- Every market that came out and that legs may await, for the audit.
SELECT market_id::text, number, position FROM {schema}.resulted_market
