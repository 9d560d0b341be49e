-- The accounts that registered a phone before, each with its address there.
SELECT account_id::text, address_id::text FROM delivery_device WHERE device = %(device)s AND number < %(number)s
