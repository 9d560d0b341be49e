-- Forget how far a manager had read, as that was another log than the one that is here now, or by other rules.
UPDATE {schema}.process_manager_position SET position = 0, mark = '', version = %b WHERE manager = %b
