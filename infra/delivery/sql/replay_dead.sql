-- Deliveries that failed for good are sent once more, within a day, with what a digest had in it.
WITH again AS (
    UPDATE delivery SET state = 'queued', attempts = 0, done_us = 0, rule = '', why = '', rank_us = %(now_us)s,
        expires_us = greatest(expires_us, %(now_us)s + 86400000000)
    WHERE delivery_id = ANY(%(ids)s::uuid[]) AND state = 'dead' RETURNING delivery_id, kind
), items AS (
    UPDATE delivery SET state = 'folded', done_us = 0, expires_us = greatest(expires_us, %(now_us)s + 86400000000)
    WHERE digest_id IN (SELECT delivery_id FROM again WHERE kind = 'digest') AND state = 'dead'
)
SELECT count(*) FROM again
