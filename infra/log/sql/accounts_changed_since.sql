-- The streams of some kinds of facts that were appended after a position, where these end, and how many facts there were. From position -1
-- on only the end is told: who begins has nothing to be told of.
SELECT coalesce(array_agg(DISTINCT originator_id::text) FILTER (WHERE topic = ANY (%(kinds)s)), '{}'),
    coalesce(max(notification_id), (SELECT position FROM stored_events_head)),
    count(*)
FROM (
    SELECT notification_id, originator_id, topic FROM stored_events
    WHERE notification_id > %(after)s AND %(after)s >= 0 ORDER BY notification_id LIMIT %(limit)s
) AS appended
