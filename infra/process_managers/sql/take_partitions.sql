-- Take what is free of these partitions of a manager: one process at a time keeps the rows of one, until its session ends, however it ends.
SELECT partition FROM unnest(%b::integer[]) AS partition WHERE pg_try_advisory_lock(%b, (hashtext(%b) & -64) | partition)
