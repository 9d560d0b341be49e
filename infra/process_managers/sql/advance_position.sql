-- Advance the position, but only from the one we read: a process whose position was advanced by another one writes nothing.
UPDATE {schema}.process_manager_position SET position = %b, mark = %b WHERE manager = %b AND position = %b
