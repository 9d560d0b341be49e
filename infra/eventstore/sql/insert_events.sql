-- The library's own way in, numbered from the head like everything else.
WITH advanced AS (
    UPDATE {schema}.{head} SET position = position + %s RETURNING position
)
INSERT INTO {schema}.{facts} (originator_id, originator_version, topic, state, notification_id)
SELECT event.originator_id, event.originator_version, event.topic, event.state,
    advanced.position - count(*) OVER () + event.ordinality
FROM advanced, unnest(%s::{schema}.{type}[]) WITH ORDINALITY
    AS event (originator_id, originator_version, topic, state, ordinality)
ORDER BY event.ordinality
RETURNING notification_id
