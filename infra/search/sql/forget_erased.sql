-- Delete what accounts are found by whose key was destroyed: their handles, their slips and the tags of these.
WITH erased AS (SELECT account_id FROM text_key WHERE wrapped_key = ''),
    slips AS (DELETE FROM search_slip USING erased WHERE author_id = erased.account_id RETURNING slip_id, position),
    tags AS (DELETE FROM search_tag USING slips WHERE search_tag.slip_id = slips.slip_id)
DELETE FROM search_entry USING erased WHERE kind = 'account' AND entry_id = erased.account_id::text
