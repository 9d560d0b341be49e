-- Return the keys of accounts; empty ones were destroyed, an account without a row never had one.
SELECT account_id, wrapped_key FROM text_key WHERE account_id = ANY(%(account_ids)s::uuid[])
