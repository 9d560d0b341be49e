-- Forget everything, as it is of another log than the one that is here now.
WITH legs AS (DELETE FROM {schema}.open_leg),
    unsettled AS (DELETE FROM {schema}.unsettled_leg),
    markets AS (DELETE FROM {schema}.resulted_market)
UPDATE {schema}.open_leg_position SET position = 0, mark = ''
