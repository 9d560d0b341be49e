-- The same stretch fact by fact, each as the bytes that it is: for a stretch that cannot be read as one, since one of its facts is damaged.
SELECT notification_id, originator_id::text AS stream_id, originator_version, topic, state, committed_us
FROM {stretch}
ORDER BY notification_id
