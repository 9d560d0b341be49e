-- Note how far the copy is. It touches no row where another relay went on or began anew meanwhile.
UPDATE relay_position SET position = %(position)s, last_of = %(last_of)s
WHERE topic = %(topic)s AND epoch = %(epoch)s AND position = %(expected)s
