-- A case has a time.
INSERT INTO {schema}.{later} ({key}, partition, position, part, {case_id}, account_id, reason, tries, retry_at)
VALUES (%b::uuid, %b, %b, 0, %b::uuid, '00000000-0000-0000-0000-000000000000', '', 0, to_timestamp(%b::bigint / 1000000.0))
ON CONFLICT DO NOTHING
