-- Keep the sealed secret of a factor; one that is kept stays, so that a repeat changes nothing.
INSERT INTO second_factor (factor_id, account_id, sealed_secret) VALUES (%(factor_id)s, %(account_id)s, %(sealed_secret)s)
ON CONFLICT DO NOTHING
