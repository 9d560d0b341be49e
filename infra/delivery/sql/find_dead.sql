-- Deliveries that failed for good, the oldest first.
SELECT delivery_id::text, account_id::text, channel, notice_id, attempts, why, done_us FROM delivery
WHERE state = 'dead' AND (%(channel)s = '' OR channel = %(channel)s) ORDER BY done_us, delivery_id LIMIT %(limit)s
