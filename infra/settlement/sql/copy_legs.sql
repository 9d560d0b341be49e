-- Many legs at once, in binary.
COPY {schema}.open_leg (market_id, position, bet_id, account_id) FROM STDIN (FORMAT BINARY)
