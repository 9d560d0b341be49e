-- Move on, but only from where we believed to be: a projector that was overtaken writes nothing.
UPDATE {schema}.open_leg_position SET position = %b, mark = %b WHERE position = %b
