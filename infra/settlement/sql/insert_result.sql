-- A market came out.
INSERT INTO {schema}.resulted_market (market_id, position) VALUES (%b::uuid, %b)
