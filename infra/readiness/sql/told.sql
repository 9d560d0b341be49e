-- How far the log was turned into notifications outside the page, 0 where nobody ever did.
SELECT position FROM {schema}.delivery_position
