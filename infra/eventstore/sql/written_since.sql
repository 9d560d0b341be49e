-- What other writers appended after a position.
SELECT originator_id::text, max(originator_version) FROM {schema}.{facts}
WHERE notification_id > %b AND notification_id <= %b GROUP BY originator_id
