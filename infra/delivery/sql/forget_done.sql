-- Deliveries that ended long ago are forgotten; their causes are too old to be told again.
DELETE FROM delivery WHERE expires_us < %(before_us)s AND state IN ('sent', 'suppressed', 'gone', 'unknown', 'dead')
