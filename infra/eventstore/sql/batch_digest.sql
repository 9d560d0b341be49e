-- The digest of the batch that ends at a position, to find out what became of a commit whose acknowledgement was lost: it covers every
-- fact of the batch, where it stands and when it was written.
SELECT digest FROM {schema}.{batches} WHERE upto = %s
