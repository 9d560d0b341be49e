-- Forget results that no leg awaits any more. A leg that somebody else is settling is still there until they commit.
DELETE FROM {schema}.resulted_market AS market
WHERE NOT EXISTS (SELECT FROM {schema}.open_leg WHERE open_leg.market_id = market.market_id)
    AND NOT EXISTS (SELECT FROM {schema}.unsettled_leg WHERE unsettled_leg.market_id = market.market_id)
