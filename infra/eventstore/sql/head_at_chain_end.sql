-- Copy the last batch to the head, so that the next one follows it.
UPDATE {schema}.{head} AS head SET committed_at = last.committed_at, digest = last.digest
FROM (SELECT committed_at, digest FROM {schema}.{batches} ORDER BY upto DESC LIMIT 1) AS last
