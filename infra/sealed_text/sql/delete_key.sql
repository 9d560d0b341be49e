-- Destroy the key of an account.
DELETE FROM text_key WHERE account_id = %(account_id)s AND wrapped_key <> ''
