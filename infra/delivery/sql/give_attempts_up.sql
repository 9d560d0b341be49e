-- Whoever sent these is gone, and nobody knows whether the provider took them: they are not sent again. What a digest had in it shares its fate.
WITH lost AS (
    UPDATE delivery SET state = 'unknown', rule = 'worker', why = 'the worker ended while it was sent', done_us = %(now_us)s
    WHERE state = 'attempting' AND channel = %(channel)s AND lease_us < %(now_us)s RETURNING delivery_id, kind
), items AS (
    UPDATE delivery SET state = 'unknown', rule = 'worker', why = 'the worker ended while it was sent', done_us = %(now_us)s
    WHERE digest_id IN (SELECT delivery_id FROM lost WHERE kind = 'digest') AND state = 'folded'
)
SELECT count(*) FROM lost
