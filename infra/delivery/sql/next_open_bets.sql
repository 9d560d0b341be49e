-- The next accounts with an open bet on a match since before it kicked off, that can be reached, each once, with how they stand.
SELECT DISTINCT ON (bet.partition, bet.account_id) bet.partition, bet.account_id::text, account.standing
FROM delivery_open_bet AS bet JOIN delivery_account AS account USING (account_id)
WHERE bet.fixture_id = %(subject_id)s::uuid AND (bet.partition, bet.account_id) > (%(partition)s, %(after_id)s::uuid)
    AND bet.position < %(position)s AND account.reachable
ORDER BY bet.partition, bet.account_id LIMIT %(limit)s
