-- How these markets came out.
SELECT market_id::text, results, at FROM {schema}.resulted_market WHERE market_id = ANY(%b::uuid[])
