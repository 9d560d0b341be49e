-- Every leg that awaits its settlement, those that were set aside too, for the audit.
SELECT market_id::text, position, part, bet_id::text, account_id::text FROM {schema}.open_leg
UNION ALL
SELECT market_id::text, position, part, bet_id::text, account_id::text FROM {schema}.unsettled_leg
