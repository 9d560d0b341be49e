-- Empty the search index, which is then filled from the beginning of the log.
WITH entries AS (DELETE FROM search_entry), fixtures AS (DELETE FROM search_fixture), slips AS (DELETE FROM search_slip),
    tags AS (DELETE FROM search_tag), private AS (DELETE FROM search_private)
UPDATE search_position SET position = 0, mark = '', version = %(version)s
