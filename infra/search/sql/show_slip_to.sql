-- Note who sees a slip.
UPDATE search_slip SET is_public = %(is_public)s WHERE slip_id = %(slip_id)s
