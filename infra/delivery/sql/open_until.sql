-- When the digests of accounts that are open close.
SELECT account_id::text, channel, address_id::text, due_us FROM delivery
WHERE kind = 'digest' AND NOT closed AND account_id = ANY(%(account_ids)s::uuid[])
