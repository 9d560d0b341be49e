-- Forget who registered a phone before.
DELETE FROM delivery_device WHERE device = %(device)s AND number < %(number)s
