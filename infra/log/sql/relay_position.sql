-- Where the copy of the log in a topic stands.
SELECT epoch, since, homes, position, last_of FROM relay_position WHERE topic = %(topic)s
