-- How far the log is in the search index, the log's mark there, and by which version of its rules.
SELECT position, mark, version FROM search_position
