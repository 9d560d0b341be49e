-- Keep the hash of a recovery code.
INSERT INTO recovery_code (factor_id, code_hash) VALUES (%(factor_id)s, %(code_hash)s) ON CONFLICT DO NOTHING
