-- Every account, team and competition that is found by its name.
SELECT kind || ' ' || entry_id, name, sport, folded, tsvector_to_array(words) FROM search_entry
