-- Count an attempt at a code and return the sealed secret; no row where the factor is not known, or too many were tried in the window.
UPDATE second_factor SET
    attempts = CASE WHEN attempts_since < now() - make_interval(secs => %(window_s)s) THEN 1 ELSE attempts + 1 END,
    attempts_since = CASE WHEN attempts_since < now() - make_interval(secs => %(window_s)s) THEN now() ELSE attempts_since END
WHERE factor_id = %(factor_id)s AND account_id = %(account_id)s
    AND (attempts < %(attempts_max)s OR attempts_since < now() - make_interval(secs => %(window_s)s))
RETURNING sealed_secret
