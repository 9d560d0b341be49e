-- Claims the next deliveries of an urgency; others claim others.
WITH next AS (
    SELECT delivery_id FROM delivery WHERE state = 'queued' AND channel = %(channel)s AND urgency = %(urgency)s
    ORDER BY rank_us LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
UPDATE delivery SET state = 'claimed', closed = true, lease_us = %(lease_us)s FROM next WHERE delivery.delivery_id = next.delivery_id
RETURNING delivery.delivery_id::text, account_id::text, channel, address_id::text, notice_id, kind, author_id, position, at_us, urgency, state,
    due_us, rank_us, expires_us, digest_id::text, attempts
