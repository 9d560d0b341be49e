-- Use a recovery code: it is gone then, and the attempt no longer counts.
WITH used AS (
    DELETE FROM recovery_code WHERE factor_id = %(factor_id)s AND code_hash = %(code_hash)s RETURNING factor_id
)
UPDATE second_factor SET attempts = 0 WHERE factor_id IN (SELECT factor_id FROM used) RETURNING 1
