-- Begin the position of a manager.
INSERT INTO {schema}.process_manager_position (manager) VALUES (%b) ON CONFLICT DO NOTHING;
