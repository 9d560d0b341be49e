-- How far a process manager has read the log, the first of what came that cases still wait for, for how many seconds the oldest case with a
-- time has been due, how many cases are set aside, and how many wait for their time.
SELECT (SELECT position FROM {schema}.process_manager_position WHERE manager = %(manager)s) AS position,
    (
        SELECT position FROM {schema}.{came} AS came
        WHERE EXISTS (SELECT FROM {schema}.{waiting} AS waiting WHERE waiting.{key} = came.{key})
        ORDER BY position LIMIT 1
    ) AS oldest,
    (SELECT extract(epoch FROM clock_timestamp() - min(retry_at)) FROM {schema}.{later} WHERE tries = 0 AND retry_at < clock_timestamp())
        AS overdue_s,
    (SELECT count(*) FROM {schema}.{later} WHERE tries > 0) AS set_aside,
    (SELECT count(*) FROM {schema}.{later} WHERE tries = 0) AS timed
