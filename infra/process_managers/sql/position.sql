-- How far the log has been read by a manager, the log's mark there, and by which version of its rules.
SELECT position, mark, version FROM {schema}.process_manager_position WHERE manager = %b
