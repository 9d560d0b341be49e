-- Forget how far partitions of a manager had been read, as that was another log than the one that is here now, or by other rules.
UPDATE {schema}.process_manager_partition SET position = 0, mark = '', version = %b WHERE manager = %b AND partition = ANY(%b::smallint[])
