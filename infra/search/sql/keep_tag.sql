-- Find a slip by a tag.
INSERT INTO search_tag (tag, position, slip_id) VALUES (%(tag)s, %(position)s, %(slip_id)s) ON CONFLICT DO NOTHING
