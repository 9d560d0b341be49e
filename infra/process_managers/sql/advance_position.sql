-- Move on, but only from where we believed to be: whoever was overtaken writes nothing.
UPDATE {schema}.process_manager_position SET position = %b, mark = %b WHERE manager = %b AND position = %b
