-- Advance partitions, each only from where we left it, by the same rules; return those that were there. Who finds one elsewhere writes
-- nothing in it: another process moved it on meanwhile, or began it anew. They are locked in order, so that no two wait for each other.
WITH mine AS (
    SELECT standing.partition
    FROM {schema}.process_manager_partition AS standing
    JOIN unnest(%(partitions)b::smallint[], %(positions)b::bigint[], %(marks)b::text[]) AS left_at (partition, position, mark)
        ON standing.partition = left_at.partition AND standing.position = left_at.position AND standing.mark = left_at.mark
    WHERE standing.manager = %(manager)b AND standing.version = %(version)b
    ORDER BY standing.partition
    FOR UPDATE OF standing
)
UPDATE {schema}.process_manager_partition AS standing SET position = %(upto)b, mark = %(mark)b
FROM mine WHERE standing.manager = %(manager)b AND standing.partition = mine.partition
RETURNING standing.partition
