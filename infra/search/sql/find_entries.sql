-- Find accounts, teams or competitions: first the name itself, then names that begin so, then those that have the words.
SELECT rank, folded, entry_id, name, sport FROM (
    SELECT CASE WHEN folded = %(folded)s THEN 0 WHEN starts_with(folded, %(folded)s) THEN 1 ELSE 2 END AS rank, folded, entry_id, name, sport
    FROM search_entry
    WHERE kind = %(kind)s AND words @@ %(query)s::tsquery AND NOT EXISTS (
        SELECT FROM text_key WHERE kind = 'account' AND wrapped_key = '' AND account_id = entry_id::uuid
    )
) AS found
WHERE (rank, folded, entry_id) > (%(rank)s, %(after)s COLLATE "C", %(after_id)s COLLATE "C")
ORDER BY rank, folded, entry_id
LIMIT %(limit)s
