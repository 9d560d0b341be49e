-- How far the log is in the search index, 0 where nobody ever filled it.
SELECT position FROM {schema}.search_position
