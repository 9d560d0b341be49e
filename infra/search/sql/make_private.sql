-- Note that an account is private.
INSERT INTO search_private (account_id) VALUES (%(account_id)s) ON CONFLICT DO NOTHING
