-- Whoever looked at these is gone, and had sent nothing yet.
UPDATE delivery SET state = 'queued', lease_us = 0 WHERE state = 'claimed' AND channel = %(channel)s AND lease_us < %(now_us)s
