-- How far the log has been projected, and the log's mark there.
SELECT position, mark FROM {schema}.open_leg_position
