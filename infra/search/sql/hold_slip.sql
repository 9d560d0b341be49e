-- Note that a slip is held, or is no longer.
UPDATE search_slip SET is_held = %(is_held)s WHERE slip_id = %(slip_id)s
