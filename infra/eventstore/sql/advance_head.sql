-- Lock the head until the end of the transaction and move it by the number of facts about to be written.
UPDATE {schema}.{head} SET position = position + %s RETURNING position
