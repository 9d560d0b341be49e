-- What accounts have left on a channel, locked.
SELECT account_id::text, levels FROM delivery_limit WHERE channel = %(channel)s AND account_id = ANY(%(account_ids)s::uuid[])
ORDER BY account_id FOR UPDATE
