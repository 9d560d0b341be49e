-- Facts after the last batch that has a row: those of a log that was written before batches had rows.
SELECT notification_id, originator_id, originator_version, coalesce(topic, ''), coalesce(state, '') FROM {schema}.{facts}
WHERE notification_id > %s ORDER BY notification_id LIMIT %s
