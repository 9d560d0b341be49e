-- Let other processes keep these partitions of a manager.
SELECT pg_advisory_unlock(%b, (hashtext(%b) & -64) | partition) FROM unnest(%b::integer[]) AS partition
