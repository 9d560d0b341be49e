-- Claimed deliveries wait until a moment, untried.
UPDATE delivery SET state = 'waiting', lease_us = 0, due_us = %(due_us)s WHERE delivery_id = ANY(%(ids)s::uuid[]) AND state = 'claimed'
