-- Forget the factors of an account but one.
DELETE FROM second_factor WHERE account_id = %(account_id)s AND factor_id <> %(factor_id)s
