-- Find an account, a team or a competition by the words of its name; one that is found already stays.
INSERT INTO search_entry (kind, entry_id, name, sport, folded, words)
VALUES (%(kind)s, %(entry_id)s, %(name)s, %(sport)s, %(folded)s, array_to_tsvector(%(words)s::text[]))
ON CONFLICT DO NOTHING
