-- What was appended after a position, as far as it is worth reading: the streams, with their last versions.
SELECT originator_id::text, max(originator_version) FROM {schema}.{facts}
WHERE notification_id > %(after)s AND notification_id <= %(after)s + %(facts_max)s GROUP BY originator_id
