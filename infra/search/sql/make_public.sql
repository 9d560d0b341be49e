-- Note that an account is not private.
DELETE FROM search_private WHERE account_id = %(account_id)s
