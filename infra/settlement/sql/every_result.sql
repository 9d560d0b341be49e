-- Every market that came out and that legs may await, for the audit.
SELECT market_id::text, position FROM {schema}.resulted_market
