-- The next accounts whose bell on an author is on since before a slip, and that can be reached, with how they stand.
SELECT bell.partition, bell.account_id::text, account.standing
FROM delivery_bell AS bell JOIN delivery_account AS account USING (account_id)
WHERE bell.author_id = %(author_id)s AND (bell.partition, bell.account_id) > (%(partition)s, %(after_id)s::uuid)
    AND bell.position < %(position)s AND account.reachable
ORDER BY bell.partition, bell.account_id LIMIT %(limit)s
