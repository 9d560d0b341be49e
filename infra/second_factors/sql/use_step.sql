-- Use the code of a time step, unless one of it or of a later one was used: each code opens one session. The attempt no longer counts.
UPDATE second_factor SET last_step = %(step)s, attempts = 0 WHERE factor_id = %(factor_id)s AND last_step < %(step)s RETURNING 1
