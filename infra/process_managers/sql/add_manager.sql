-- Begin the positions of a manager, one for each partition.
INSERT INTO {schema}.process_manager_partition (manager, partition)
SELECT %b, partition FROM generate_series(0, 63) AS partition ON CONFLICT DO NOTHING;
