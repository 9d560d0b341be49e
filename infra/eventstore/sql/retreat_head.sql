-- Some appends were refused: move the head to where the facts that remain will end.
UPDATE {schema}.{head} SET position = %s
