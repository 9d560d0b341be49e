-- The digests of addresses that are not sent yet, locked, so that nobody closes one before its new items are there.
SELECT account_id::text, channel, address_id::text, delivery_id::text FROM delivery
WHERE kind = 'digest' AND NOT closed AND account_id = ANY(%(account_ids)s::uuid[])
ORDER BY delivery_id FOR UPDATE
