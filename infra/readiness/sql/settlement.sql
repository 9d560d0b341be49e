-- How far the settler has read the log, the oldest result whose bets it has not all settled, and how many legs it has set aside.
SELECT (SELECT position FROM {schema}.open_leg_position) AS position,
    (
        SELECT position FROM {schema}.resulted_market AS market
        WHERE EXISTS (SELECT FROM {schema}.open_leg WHERE open_leg.market_id = market.market_id)
        ORDER BY position LIMIT 1
    ) AS oldest_result,
    (SELECT count(*) FROM {schema}.unsettled_leg) AS set_aside
