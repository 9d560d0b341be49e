-- What became of an attempt, unless another one was made since; what a digest had in it shares its fate, unless it is tried again.
WITH outcome AS (
    SELECT * FROM unnest(%(ids)s::uuid[], %(attempts)s::int[], %(states)s::text[], %(whys)s::text[], %(due_us)s::bigint[])
        AS outcome (delivery_id, attempts, state, why, due_us)
), done AS (
    UPDATE delivery SET state = outcome.state, rule = CASE outcome.state WHEN 'waiting' THEN 'retry' ELSE 'provider' END, why = outcome.why,
        due_us = outcome.due_us, lease_us = 0, done_us = CASE outcome.state WHEN 'waiting' THEN 0 ELSE %(now_us)s END
    FROM outcome WHERE delivery.delivery_id = outcome.delivery_id AND delivery.attempts = outcome.attempts
        AND delivery.state IN ('attempting', 'unknown')
    RETURNING delivery.delivery_id, delivery.state, delivery.kind, delivery.why
)
UPDATE delivery SET state = done.state, rule = 'provider', why = done.why, done_us = %(now_us)s
FROM done WHERE delivery.digest_id = done.delivery_id AND done.kind = 'digest' AND done.state <> 'waiting' AND delivery.state IN ('folded', 'unknown')
