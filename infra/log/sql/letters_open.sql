-- Every letter that no replay has handled, oldest fact first.
SELECT build, position, view, fact, stream_id, home, cause, at FROM dead_letter WHERE handled_at IS NULL ORDER BY position, build
