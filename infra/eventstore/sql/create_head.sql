-- The head: one row that says which position was given last, when that was, by the log's own clock, and the digest of everything up to
-- there. Whoever appends locks it, so positions are given in commit order and a transaction that fails gives none. The library's sequence
-- would leave gaps, so it is dropped.
CREATE TABLE IF NOT EXISTS {schema}.{head} (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    position bigint NOT NULL
) WITH (fillfactor = 10);
ALTER TABLE {schema}.{head}
    ADD COLUMN IF NOT EXISTS log_id uuid NOT NULL DEFAULT gen_random_uuid(),
    ADD COLUMN IF NOT EXISTS committed_at timestamptz NOT NULL DEFAULT 'epoch',
    ADD COLUMN IF NOT EXISTS digest bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex');
INSERT INTO {schema}.{head} (position)
    SELECT coalesce(max(notification_id), 0) FROM {schema}.{facts}
    ON CONFLICT DO NOTHING;
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_attrdef WHERE adrelid = '{schema}.{facts}'::regclass) THEN
        ALTER TABLE {schema}.{facts} ALTER COLUMN notification_id DROP DEFAULT;
    END IF;
END $$;
-- How far the log is on disk: the greatest of these. A batch releases the head before it is flushed, so that the next one need not wait for
-- the disk; until it is, readers do not see it. A log that was cut or restored is not further than it reaches.
CREATE TABLE IF NOT EXISTS {schema}.{flushed} (
    slot smallint PRIMARY KEY,
    position bigint NOT NULL
) WITH (fillfactor = 10);
INSERT INTO {schema}.{flushed} (slot, position)
    SELECT slot, head.position FROM generate_series(0, 15) AS slot, {schema}.{head} AS head
    ON CONFLICT DO NOTHING;
UPDATE {schema}.{flushed} AS flushed SET position = head.position FROM {schema}.{head} AS head
    WHERE flushed.position > head.position OR head.position > (SELECT max(position) FROM {schema}.{flushed});
-- One row for each batch of facts: the position of its last fact, when it was committed, how many facts each of its appends has, and what
-- ties it to the row before; see domain/chain.py.
CREATE TABLE IF NOT EXISTS {schema}.{batches} (
    upto bigint PRIMARY KEY,
    committed_at timestamptz NOT NULL,
    append_sizes smallint[] NOT NULL,
    scheme smallint NOT NULL,
    digest bytea NOT NULL
);
-- Snapshots without a seal are of an earlier version. They only save time.
DO $$ BEGIN
    IF to_regclass('{schema}.{snapshots}') IS NOT NULL AND NOT EXISTS (
        SELECT FROM pg_attribute WHERE attrelid = to_regclass('{schema}.{snapshots}') AND attname = 'seal'
    ) THEN
        DROP TABLE {schema}.{snapshots};
    END IF;
END $$;
CREATE TABLE IF NOT EXISTS {schema}.{snapshots} (
    stream_id uuid NOT NULL,
    schema text NOT NULL,
    version bigint NOT NULL,
    state bytea NOT NULL,
    times bytea NOT NULL,
    seal bytea NOT NULL,
    PRIMARY KEY (stream_id, schema)
);
