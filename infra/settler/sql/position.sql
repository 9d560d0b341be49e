-- How far the log has been projected.
SELECT position FROM {schema}.open_leg_position
