-- End a batch: move the head to its last fact, and keep its row.
UPDATE {schema}.{head} SET position = %(upto)s, committed_at = %(committed_at)s, digest = decode(%(digest)s, 'hex');
INSERT INTO {schema}.{batches} (upto, committed_at, append_sizes, scheme, digest)
VALUES (%(upto)s, %(committed_at)s, %(append_sizes)s, %(scheme)s, decode(%(digest)s, 'hex'))
