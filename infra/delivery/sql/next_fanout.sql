-- The slip of which the fewest were told so far: who has few followers does not wait for who has many.
SELECT position, author_id::text, slip_id::text, verified, fixture_ids, at_us, partition, after_id::text, told
FROM delivery_fanout ORDER BY told, position LIMIT 1
