-- Find tags that begin so: the tag itself first, each with the newest slips that have it and that the viewer may see.
SELECT rank, tag, ARRAY(
    SELECT slip_id::text || ':' || author_id::text FROM search_tag AS of_tag JOIN search_slip USING (slip_id)
    WHERE of_tag.tag = found.tag AND NOT is_removed AND (NOT is_held OR author_id = %(viewer)s) AND author_id <> ALL(%(apart)s::uuid[])
        AND (author_id = ANY(%(following)s::uuid[])
            OR is_public AND NOT EXISTS (SELECT FROM search_private WHERE account_id = author_id))
        AND NOT EXISTS (SELECT FROM text_key WHERE wrapped_key = '' AND account_id = author_id)
    ORDER BY of_tag.position DESC LIMIT %(slips)s
)
FROM (
    SELECT DISTINCT CASE WHEN tag = %(tag)s THEN 0 ELSE 1 END AS rank, tag FROM search_tag
    WHERE starts_with(tag, %(tag)s) AND tag >= %(tag)s AND tag < %(tag)s || '~'
) AS found
WHERE (rank, tag) > (%(rank)s, %(after)s COLLATE "C")
ORDER BY rank, tag
LIMIT %(limit)s
