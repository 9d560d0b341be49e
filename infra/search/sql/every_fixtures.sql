-- The words of every fixture.
SELECT fixture_id::text, words FROM search_fixture
