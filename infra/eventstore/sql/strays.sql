-- The positions of facts that are in no batch, as a JSON array.
SELECT '[' || string_agg(notification_id::text, ',' ORDER BY notification_id) || ']' FROM {schema}.{facts}
WHERE notification_id > coalesce((SELECT max(upto) FROM {schema}.{batches}), 0) OR notification_id <= 0
