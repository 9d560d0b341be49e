-- Keep the words of the names on a fixture.
INSERT INTO search_fixture (fixture_id, words) VALUES (%(fixture_id)s, %(words)s) ON CONFLICT DO NOTHING
