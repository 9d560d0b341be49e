-- Forget which phones an account registered.
DELETE FROM delivery_device WHERE account_id = %(account_id)s
