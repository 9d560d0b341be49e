-- The same for a reader of a few kinds of fact: the others are passed over here, by the names that are known to be theirs, so that an
-- old name which an upcaster lifts is never missed. Also where the stretch ends, picked or not.
SELECT '[' || string_agg('[' || notification_id || ',"' || originator_id || '",' || originator_version || ','
        || convert_from(state, 'UTF8') || ',' || committed_us || ']', ',') FILTER (WHERE topic <> ALL(%(others)s::text[])) || ']' AS recorded,
    max(notification_id) AS position
FROM {stretch}
