-- The slips with each tag.
SELECT tag || ' ' || position, slip_id::text FROM search_tag
