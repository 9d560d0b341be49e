-- Inserts of the library's own recorder, at positions that follow the head's.
INSERT INTO {schema}.{facts} (originator_id, originator_version, topic, state, notification_id)
SELECT event.originator_id, event.originator_version, event.topic, event.state, %s + event.ordinality
FROM unnest(%s::{schema}.{type}[]) WITH ORDINALITY AS event (originator_id, originator_version, topic, state, ordinality)
ORDER BY event.ordinality
RETURNING notification_id
