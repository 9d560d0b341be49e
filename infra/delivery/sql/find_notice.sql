-- The deliveries of a notice to an account, those of the newest cause first; what is folded is due with its digest, and tried with it.
SELECT one.delivery_id::text, one.channel, one.address_id::text, one.state, coalesce(nullif(one.rule, ''), digest.rule, ''),
    CASE one.rule WHEN '' THEN coalesce(digest.why, '') ELSE one.why END, greatest(one.attempts, coalesce(digest.attempts, 0)),
    one.digest_id IS NOT NULL, one.at_us, CASE one.state WHEN 'folded' THEN coalesce(digest.due_us, one.due_us) ELSE one.due_us END, one.done_us
FROM delivery AS one LEFT JOIN delivery AS digest ON digest.delivery_id = one.digest_id
WHERE one.account_id = %(account_id)s::uuid AND one.notice_id = %(notice_id)s
ORDER BY one.position DESC, one.channel, one.delivery_id LIMIT %(limit)s
