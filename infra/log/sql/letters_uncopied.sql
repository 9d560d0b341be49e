-- Letters that the topic of dead letters does not have yet, oldest first.
SELECT build, position, view, fact, stream_id, home, cause, at FROM dead_letter WHERE copied_at IS NULL ORDER BY at, position LIMIT %(limit)s
