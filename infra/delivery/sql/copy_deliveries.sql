-- Adds deliveries that are new.
COPY delivery (delivery_id, account_id, channel, address_id, notice_id, kind, author_id, position, at_us, urgency, state, due_us, rank_us,
    expires_us, digest_id) FROM STDIN
