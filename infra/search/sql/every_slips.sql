-- Every slip that is found, with what decides who sees it.
SELECT slip_id::text, author_id::text, position, is_public, is_removed, is_held, tsvector_to_array(words) FROM search_slip
