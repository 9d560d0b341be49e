-- Something came that cases wait for.
INSERT INTO {schema}.{came} ({key}, number, position) VALUES (%b::uuid, %b, %b) ON CONFLICT DO NOTHING
