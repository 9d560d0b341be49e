-- Goes on from a position; no row where another process went on meanwhile.
UPDATE delivery_position SET position = %(position)s, mark = %(mark)s WHERE position = %(before)s AND version = %(version)s
