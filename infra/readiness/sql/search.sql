-- How far the log is in the search index, 0 where nobody ever filled it, and the fact that it stands before (older tables cannot tell).
SELECT position, coalesce(to_jsonb(standing) ->> 'trouble', '') FROM {schema}.search_position AS standing
