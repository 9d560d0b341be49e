-- What stands at a stretch of positions, to find out what became of a commit whose acknowledgement was lost.
SELECT originator_id::text, originator_version, state FROM {schema}.{facts}
WHERE notification_id > %b AND notification_id <= %b ORDER BY notification_id
