-- Claimed deliveries are with the provider from now on, until a lease ends.
UPDATE delivery SET state = 'attempting', lease_us = %(lease_us)s, attempts = attempts + 1
WHERE delivery_id = ANY(%(ids)s::uuid[]) AND state = 'claimed' RETURNING delivery_id::text
