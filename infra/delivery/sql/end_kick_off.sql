-- Everybody was told of a kick-off.
DELETE FROM delivery_kick_off WHERE position = %(position)s AND told = %(before)s
