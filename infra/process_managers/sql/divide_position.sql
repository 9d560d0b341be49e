-- Carry over the one position that each manager had in earlier versions: all of its partitions stand there. In its place there is a view
-- that says how far each manager has come with all of its partitions. A process of an earlier version finds it, cannot write to it, and so
-- writes nothing more.
DO $$ BEGIN
    IF (SELECT relkind FROM pg_class WHERE oid = to_regclass('{schema}.process_manager_position')) = 'r' THEN
        LOCK TABLE {schema}.process_manager_position IN ACCESS EXCLUSIVE MODE;
        INSERT INTO {schema}.process_manager_partition (manager, partition, position, mark, version)
        SELECT manager, partition, position, mark, version
        FROM {schema}.process_manager_position, generate_series(0, 63) AS partition
        ON CONFLICT DO NOTHING;
        DROP TABLE {schema}.process_manager_position;
    END IF;
END $$;
CREATE OR REPLACE VIEW {schema}.process_manager_position AS
    SELECT manager, min(position) AS position, (array_agg(mark ORDER BY position))[1] AS mark, min(version) AS version
    FROM {schema}.process_manager_partition GROUP BY manager;
