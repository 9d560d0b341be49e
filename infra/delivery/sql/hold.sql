-- Claimed deliveries wait until the quiet hours of their recipients end, with what digests have in them; what they say by then is looked at anew.
WITH held AS (
    UPDATE delivery SET state = 'waiting', lease_us = 0, due_us = quiet.until_us, rule = 'schedule', why = quiet.why,
        expires_us = greatest(expires_us, quiet.until_us + %(day_us)s)
    FROM unnest(%(ids)s::uuid[], %(until_us)s::bigint[], %(whys)s::text[]) AS quiet (delivery_id, until_us, why)
    WHERE delivery.delivery_id = quiet.delivery_id AND state = 'claimed' RETURNING delivery.delivery_id, kind, delivery.expires_us
)
UPDATE delivery SET expires_us = greatest(delivery.expires_us, held.expires_us)
FROM held WHERE delivery.digest_id = held.delivery_id AND held.kind = 'digest' AND delivery.state = 'folded'
