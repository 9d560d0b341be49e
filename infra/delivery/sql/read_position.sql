-- How far the log was told, the log's mark there, by which version of its rules, and after which position causes are told.
SELECT position, mark, version, tell_from FROM delivery_position
