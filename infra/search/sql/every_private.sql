-- Every account that is private.
SELECT account_id::text FROM search_private
