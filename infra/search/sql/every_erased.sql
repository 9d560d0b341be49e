-- Every account whose key was destroyed.
SELECT account_id::text FROM text_key WHERE wrapped_key = ''
