-- Find slips that the viewer may see by the words of their fixtures and their tags, the newest first.
SELECT position, slip_id::text, author_id::text FROM search_slip
WHERE words @@ %(query)s::tsquery AND position < %(before)s AND NOT is_removed AND (NOT is_held OR author_id = %(viewer)s) AND author_id <> ALL(%(apart)s::uuid[])
    AND (author_id = ANY(%(following)s::uuid[])
        OR is_public AND NOT EXISTS (SELECT FROM search_private WHERE account_id = author_id))
    AND NOT EXISTS (SELECT FROM text_key WHERE wrapped_key = '' AND account_id = author_id)
ORDER BY position DESC
LIMIT %(limit)s
