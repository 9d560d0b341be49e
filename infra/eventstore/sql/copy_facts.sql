-- The rows of a batch in binary, the fastest way to write them; their positions are given under the lock on the head.
COPY {schema}.{facts} (originator_id, originator_version, topic, state, notification_id) FROM STDIN (FORMAT BINARY)
