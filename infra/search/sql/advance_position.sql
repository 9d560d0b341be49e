-- Advance the position, but only from the one we read: a process whose position was moved by another one writes nothing.
UPDATE search_position SET position = %(position)s, mark = %(mark)s WHERE position = %(before)s AND version = %(version)s
