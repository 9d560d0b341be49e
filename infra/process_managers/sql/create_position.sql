-- Up to which position of the log the rows of each partition of a manager are true, with the log's mark there, by which version of its
-- rules. A row is of the partition of its key; a partition has one position for all tables of the manager, so that what came is never here
-- before the cases that wait for it.
CREATE TABLE IF NOT EXISTS {schema}.process_manager_partition (
    manager text NOT NULL,
    partition smallint NOT NULL CHECK (partition BETWEEN 0 AND 63),
    position bigint NOT NULL DEFAULT 0,
    mark text NOT NULL DEFAULT '',
    version text NOT NULL DEFAULT '',
    PRIMARY KEY (manager, partition)
) WITH (fillfactor = 10);
