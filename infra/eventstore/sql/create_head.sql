-- The head: one row that says which position was given last. Whoever appends locks it, so positions are given in commit order and
-- a transaction that fails gives none. The library's sequence would leave gaps, so it goes.
CREATE TABLE IF NOT EXISTS {schema}.{head} (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    position bigint NOT NULL
) WITH (fillfactor = 10);
INSERT INTO {schema}.{head} (position)
    SELECT coalesce(max(notification_id), 0) FROM {schema}.{facts}
    ON CONFLICT DO NOTHING;
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_attrdef WHERE adrelid = '{schema}.{facts}'::regclass) THEN
        ALTER TABLE {schema}.{facts} ALTER COLUMN notification_id DROP DEFAULT;
    END IF;
END $$;
CREATE TABLE IF NOT EXISTS {schema}.{snapshots} (
    stream_id uuid NOT NULL,
    schema text NOT NULL,
    version bigint NOT NULL,
    state bytea NOT NULL,
    PRIMARY KEY (stream_id, schema)
);
