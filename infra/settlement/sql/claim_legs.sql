-- Claim the next open legs of resulted markets, in the order of the results and then of the bets, passing over what others have claimed,
-- as one JSON array that decodes in one call. Rows are locked one by one as the limit asks for them, so no more are locked than are given.
SELECT '[' || string_agg('["' || ctid || '","' || market_id || '","' || bet_id || '","' || account_id || '",'
        || market_position || ',' || position || ']', ',') || ']'
FROM (
    SELECT leg.ctid, leg.market_id, leg.bet_id, leg.account_id, market.position AS market_position, leg.position
    FROM (
        SELECT market_id, position FROM {schema}.resulted_market WHERE position >= %(market)b ORDER BY position
    ) AS market
    CROSS JOIN LATERAL (
        SELECT open_leg.ctid, open_leg.* FROM {schema}.open_leg
        WHERE open_leg.market_id = market.market_id
            AND open_leg.position > CASE WHEN market.position = %(market)b THEN %(leg)b ELSE 0 END
        ORDER BY open_leg.position
        FOR UPDATE SKIP LOCKED
    ) AS leg
    LIMIT %(limit)b
) AS claimed
