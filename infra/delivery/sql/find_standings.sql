-- How accounts stand; none for those that never said anything.
SELECT account_id::text, standing FROM delivery_account WHERE account_id = ANY(%(account_ids)s::uuid[])
