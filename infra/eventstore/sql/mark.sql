-- Whose log it is, and the digest of the batch that holds a position; none where the log ends before.
SELECT head.log_id::text, (SELECT digest FROM {schema}.{batches} WHERE upto >= %s ORDER BY upto LIMIT 1) FROM {schema}.{head} AS head
