-- How far the log has been read for partitions of a manager, the log's mark there, and by which version of its rules.
SELECT partition, position, mark, version FROM {schema}.process_manager_partition
WHERE manager = %b AND partition = ANY(%b::smallint[]) ORDER BY partition
