-- The same of a manager whose cases all have a time.
SELECT (SELECT position FROM {schema}.process_manager_position WHERE manager = %(manager)s) AS position,
    NULL::bigint AS oldest,
    (SELECT extract(epoch FROM clock_timestamp() - min(retry_at)) FROM {schema}.{later} WHERE tries = 0 AND retry_at < clock_timestamp())
        AS overdue_s,
    (SELECT count(*) FROM {schema}.{later} WHERE tries > 0) AS set_aside,
    (SELECT count(*) FROM {schema}.{later} WHERE tries = 0) AS timed
