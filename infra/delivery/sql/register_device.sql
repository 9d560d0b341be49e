-- Note that an account is the last one that registered a phone.
INSERT INTO delivery_device (device, account_id, address_id, position) VALUES (%(device)s, %(account_id)s, %(address_id)s, %(position)s)
ON CONFLICT (device, account_id) DO UPDATE SET address_id = EXCLUDED.address_id, position = EXCLUDED.position, number = DEFAULT
RETURNING number
