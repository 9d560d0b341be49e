-- Return in how many seconds a factor takes attempts again; no row where it is not known.
SELECT greatest(1, ceil(extract(epoch FROM attempts_since - now()) + %(window_s)s))::int FROM second_factor
WHERE factor_id = %(factor_id)s AND account_id = %(account_id)s
