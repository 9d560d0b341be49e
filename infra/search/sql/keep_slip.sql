-- Find a slip by the words of its fixtures and by its tags.
INSERT INTO search_slip (slip_id, author_id, position, is_public, words)
SELECT %(slip_id)s, %(author_id)s, %(position)s, %(is_public)s, array_to_tsvector(
    ARRAY(SELECT unnest(words) FROM search_fixture WHERE fixture_id = ANY(%(fixture_ids)s::uuid[])) || %(words)s::text[]
)
ON CONFLICT DO NOTHING
