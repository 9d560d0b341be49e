-- What has nothing to say any more is not sent.
UPDATE delivery SET state = 'suppressed', closed = true, rule = 'lifetime', why = 'it was not sent in time', done_us = %(now_us)s
WHERE expires_us <= %(now_us)s AND state IN ('waiting', 'queued', 'folded') AND channel = %(channel)s
