-- The slip or the kick-off of which the fewest were told so far: who has few followers does not wait for who has many.
SELECT * FROM (
    SELECT 'slip_shared' AS kind, position, author_id::text, slip_id::text, verified, fixture_ids, at_us, partition, after_id::text, told
    FROM delivery_fanout
    UNION ALL
    SELECT 'kickoff', position, '', fixture_id::text, false, ARRAY[fixture_id::text], at_us, partition, after_id::text, told
    FROM delivery_kick_off
) AS begun ORDER BY told, position LIMIT 1
