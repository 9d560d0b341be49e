-- Cases that wait again for what came anew. Those that still wait are there.
INSERT INTO {schema}.{waiting} ({key}, position, part, {case_id}, account_id)
SELECT * FROM unnest(%b::uuid[], %b::bigint[], %b::integer[], %b::uuid[], %b::uuid[])
ON CONFLICT DO NOTHING
