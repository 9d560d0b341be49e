-- How far the log was copied to a topic; no row where no relay ever began to.
SELECT position FROM {schema}.relay_position WHERE topic = %s
