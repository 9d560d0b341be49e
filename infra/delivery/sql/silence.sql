-- Forgets a bell that is switched off.
DELETE FROM delivery_bell WHERE author_id = %(author_id)s AND partition = %(partition)s AND account_id = %(account_id)s
