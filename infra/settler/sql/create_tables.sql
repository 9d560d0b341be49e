-- What settlement needs to know at any moment: the legs that await a result, the results that legs await, and the position in the log
-- up to which both are true. One position for both, so that a result is never here before the legs that it settles.
CREATE TABLE IF NOT EXISTS {schema}.open_leg (
    market_id uuid NOT NULL,
    position bigint NOT NULL,
    bet_id uuid NOT NULL,
    account_id uuid NOT NULL,
    selection text NOT NULL,
    PRIMARY KEY (market_id, position)
);
CREATE TABLE IF NOT EXISTS {schema}.resulted_market (
    market_id uuid PRIMARY KEY,
    position bigint NOT NULL UNIQUE,
    results jsonb NOT NULL,
    at timestamptz NOT NULL
);
CREATE TABLE IF NOT EXISTS {schema}.open_leg_position (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    position bigint NOT NULL
) WITH (fillfactor = 10);
INSERT INTO {schema}.open_leg_position (position) VALUES (0) ON CONFLICT DO NOTHING;
