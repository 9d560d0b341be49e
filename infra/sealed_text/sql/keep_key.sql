-- Keep the key of an account; one that is kept, or was destroyed, stays as it is.
INSERT INTO text_key (account_id, wrapped_key) VALUES (%(account_id)s, %(wrapped_key)s) ON CONFLICT DO NOTHING
