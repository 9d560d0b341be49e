-- Begins to tell those who have an open bet on a match that it kicked off.
INSERT INTO delivery_kick_off (position, fixture_id, at_us) VALUES (%(position)s, %(fixture_id)s, %(at_us)s) ON CONFLICT DO NOTHING
