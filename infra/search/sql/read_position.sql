-- How far the log is in the search index, the log's mark there, by which version of its rules, and the fact that it stands before.
SELECT position, mark, version, coalesce(to_jsonb(standing) ->> 'trouble', '') FROM search_position AS standing
