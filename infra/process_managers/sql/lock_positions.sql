-- The same, and nobody moves them until this transaction ends.
SELECT partition, position, mark, version FROM {schema}.process_manager_partition
WHERE manager = %b AND partition = ANY(%b::smallint[]) ORDER BY partition FOR UPDATE
