-- Whoever sent these is gone, and the provider takes a delivery twice without harm.
UPDATE delivery SET state = 'queued', lease_us = 0 WHERE state = 'attempting' AND channel = %(channel)s AND lease_us < %(now_us)s
