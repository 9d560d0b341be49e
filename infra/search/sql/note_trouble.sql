-- Note the fact that the search index cannot take, or that it is past that.
UPDATE search_position SET trouble = %(trouble)s WHERE trouble <> %(trouble)s
