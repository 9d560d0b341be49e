-- Begins to tell those whose bell is on of a slip.
INSERT INTO delivery_fanout (position, author_id, slip_id, verified, fixture_ids, at_us)
VALUES (%(position)s, %(author_id)s, %(slip_id)s, %(verified)s, %(fixture_ids)s, %(at_us)s) ON CONFLICT DO NOTHING
