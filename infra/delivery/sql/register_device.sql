-- Note that an account is the last one that registered a phone.
INSERT INTO delivery_device (device, account_id, address_id) VALUES (%(device)s, %(account_id)s, %(address_id)s)
ON CONFLICT (device, account_id) DO UPDATE SET address_id = EXCLUDED.address_id, number = DEFAULT
RETURNING number
