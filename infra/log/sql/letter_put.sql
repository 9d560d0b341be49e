-- Keep a fact that a view could not apply, unless there are too many already; say how many are kept then.
WITH kept AS (
    SELECT count(*) AS letters FROM dead_letter WHERE build = %(build)s AND handled_at IS NULL
), made AS (
    INSERT INTO dead_letter (build, position, view, fact, stream_id, home, cause)
    SELECT %(build)s, %(position)s, %(view)s, %(fact)s, %(stream_id)s, %(home)s, %(cause)s FROM kept WHERE letters < %(letters_max)s
    ON CONFLICT (build, position) DO UPDATE SET cause = excluded.cause, handled_at = NULL
    RETURNING 1
)
SELECT count(*) FROM made
