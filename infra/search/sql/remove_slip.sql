-- Note that a slip was removed.
UPDATE search_slip SET is_removed = true WHERE slip_id = %(slip_id)s
