-- Everybody was told of a slip.
DELETE FROM delivery_fanout WHERE position = %(position)s AND told = %(before)s
