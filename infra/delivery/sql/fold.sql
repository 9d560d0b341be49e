-- Claimed deliveries go out with others, in a digest.
UPDATE delivery SET state = 'folded', lease_us = 0, digest_id = item.digest_id
FROM unnest(%(ids)s::uuid[], %(digest_ids)s::uuid[]) AS item (delivery_id, digest_id)
WHERE delivery.delivery_id = item.delivery_id AND state = 'claimed'
