-- How far each partition of each process manager has read the log.
SELECT manager, partition, position FROM {schema}.process_manager_partition ORDER BY manager, partition
