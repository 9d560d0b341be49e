-- What settlement needs to know at any moment: the legs that await a result, the results that legs await, and the position in the log
-- up to which both are true. One position for both, so that a result is never here before the legs that it settles.
-- Selections and results are bytes (UTF-8, JSON), since a log may hold text that Postgres' own types refuse, and one such market must not
-- hold up all others.
CREATE TABLE IF NOT EXISTS {schema}.open_leg (
    market_id uuid NOT NULL,
    position bigint NOT NULL,
    bet_id uuid NOT NULL,
    account_id uuid NOT NULL,
    selection bytea NOT NULL,
    PRIMARY KEY (market_id, position)
);
CREATE TABLE IF NOT EXISTS {schema}.resulted_market (
    market_id uuid PRIMARY KEY,
    position bigint NOT NULL UNIQUE,
    results bytea NOT NULL,
    at timestamptz NOT NULL
);
-- Tables of an earlier version kept them as text and jsonb.
DO $$ BEGIN
    IF EXISTS (
        SELECT FROM pg_attribute
        WHERE attrelid = '{schema}.open_leg'::regclass AND attname = 'selection' AND atttypid = 'text'::regtype
    ) THEN
        ALTER TABLE {schema}.open_leg ALTER selection TYPE bytea USING convert_to(selection, 'UTF8');
        ALTER TABLE {schema}.resulted_market ALTER results TYPE bytea USING convert_to(results::text, 'UTF8');
    END IF;
END $$;
CREATE TABLE IF NOT EXISTS {schema}.open_leg_position (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    position bigint NOT NULL
) WITH (fillfactor = 10);
INSERT INTO {schema}.open_leg_position (position) VALUES (0) ON CONFLICT DO NOTHING;
