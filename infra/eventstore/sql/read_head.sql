-- Where the log ends, when that was committed, what time it is now (both in microseconds since 1970), the digest of everything so far, and
-- whose log it is.
SELECT position, (extract(epoch FROM committed_at) * 1000000)::bigint AS committed_us,
    (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS clock_us, encode(digest, 'hex') AS digest, log_id::text AS log_id
FROM {schema}.{head}
