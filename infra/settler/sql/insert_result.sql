-- A market came out.
INSERT INTO {schema}.resulted_market (market_id, position, results, at) VALUES (%b::uuid, %b, %b::bytea, %b)
