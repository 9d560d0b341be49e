-- Up to which position of the log the tables of each manager are true, with the log's mark there, by which version of its rules. One position for all tables of a
-- manager, so that what came is never here before the cases that wait for it.
CREATE TABLE IF NOT EXISTS {schema}.process_manager_position (
    manager text PRIMARY KEY,
    position bigint NOT NULL DEFAULT 0,
    mark text NOT NULL DEFAULT '',
    version text NOT NULL DEFAULT ''
) WITH (fillfactor = 10);
