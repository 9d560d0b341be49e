-- What was appended after a position, as far as it is worth reading: the streams, with their last versions.
SELECT originator_id::text, max(originator_version) FROM {schema}.{facts}
WHERE notification_id > $1::bigint AND notification_id <= $1::bigint + $2::bigint GROUP BY originator_id
