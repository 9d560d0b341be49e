-- Note that the topic of dead letters has one.
UPDATE dead_letter SET copied_at = now() WHERE build = %(build)s AND position = %(position)s
