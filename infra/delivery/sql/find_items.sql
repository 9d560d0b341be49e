-- What digests have in them.
SELECT delivery_id::text, account_id::text, channel, address_id::text, notice_id, kind, author_id, position, at_us, urgency, state,
    due_us, rank_us, expires_us, digest_id::text, attempts
FROM delivery WHERE digest_id = ANY(%(digest_ids)s::uuid[]) AND state = 'folded' ORDER BY position, delivery_id
