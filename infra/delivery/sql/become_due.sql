-- What waited until now is queued.
UPDATE delivery SET state = 'queued', rank_us = due_us WHERE state = 'waiting' AND channel = %(channel)s AND due_us <= %(now_us)s
