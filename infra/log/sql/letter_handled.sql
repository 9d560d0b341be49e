-- Note that the build which could not apply a fact is not there any more: another one has it, or has a letter of its own.
UPDATE dead_letter SET handled_at = now() WHERE build = %(build)s AND position = %(position)s AND handled_at IS NULL
