-- Which bets settlement has to look at: the legs that await a result, the markets that came out, and the position in the log up to which
-- both are true, with the log's mark there. One position for both, so that a result is never here before the legs that it settles. A leg
-- whose bet could not be settled waits in a table of its own, so that it is in nobody's way. None of it is believed: what a bet is paid
-- follows from its own stream and its market's.
CREATE TABLE IF NOT EXISTS {schema}.open_leg (
    market_id uuid NOT NULL,
    position bigint NOT NULL,
    bet_id uuid NOT NULL,
    account_id uuid NOT NULL,
    PRIMARY KEY (market_id, position)
);
CREATE TABLE IF NOT EXISTS {schema}.resulted_market (
    market_id uuid PRIMARY KEY,
    position bigint NOT NULL UNIQUE
);
CREATE TABLE IF NOT EXISTS {schema}.unsettled_leg (
    market_id uuid NOT NULL,
    position bigint NOT NULL,
    bet_id uuid NOT NULL,
    account_id uuid NOT NULL,
    reason text NOT NULL,
    tries integer NOT NULL DEFAULT 1,
    retry_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (market_id, position)
);
CREATE INDEX IF NOT EXISTS unsettled_leg_retry_at ON {schema}.unsettled_leg (retry_at);
CREATE TABLE IF NOT EXISTS {schema}.open_leg_position (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    position bigint NOT NULL
) WITH (fillfactor = 10);
-- Earlier versions kept selections and results here, and no mark.
ALTER TABLE {schema}.open_leg DROP COLUMN IF EXISTS selection;
ALTER TABLE {schema}.resulted_market DROP COLUMN IF EXISTS results, DROP COLUMN IF EXISTS at;
ALTER TABLE {schema}.open_leg_position ADD COLUMN IF NOT EXISTS mark text NOT NULL DEFAULT '';
INSERT INTO {schema}.open_leg_position (position) VALUES (0) ON CONFLICT DO NOTHING;
