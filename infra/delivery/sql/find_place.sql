-- Whose a delivery is, and at which address.
SELECT account_id::text, address_id::text FROM delivery WHERE delivery_id = %(delivery_id)s
