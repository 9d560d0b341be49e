-- Begin a copy of the log, or begin it anew.
INSERT INTO relay_position (topic, epoch, since, homes, position, last_of)
VALUES (%(topic)s, %(epoch)s, %(since)s, %(homes)s, %(since)s, %(last_of)s)
ON CONFLICT (topic) DO UPDATE SET epoch = excluded.epoch, since = excluded.since, homes = excluded.homes,
    position = excluded.position, last_of = excluded.last_of
