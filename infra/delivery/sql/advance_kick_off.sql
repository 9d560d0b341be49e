-- Goes on from the account that was told last.
UPDATE delivery_kick_off SET partition = %(partition)s, after_id = %(after_id)s, told = %(told)s WHERE position = %(position)s AND told = %(before)s
