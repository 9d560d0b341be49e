-- The row of a batch that was put together later.
INSERT INTO {schema}.{batches} (upto, committed_at, append_sizes, scheme, digest)
VALUES (%(upto)s, %(committed_at)s, %(append_sizes)s, %(scheme)s, decode(%(digest)s, 'hex'))
