-- Keep in mind that an account's key was destroyed.
INSERT INTO text_key (account_id, wrapped_key) VALUES (%(account_id)s, '') ON CONFLICT DO NOTHING
