-- Which cases are done at a time: those that have one, and those that were refused, with the reason, and wait for their next try. They have
-- a table of their own, so that they slow down no other query.
CREATE TABLE IF NOT EXISTS {schema}.{later} (
    {key} uuid NOT NULL,
    position bigint NOT NULL,
    part integer NOT NULL DEFAULT 0,
    {case_id} uuid NOT NULL,
    account_id uuid NOT NULL,
    reason text NOT NULL,
    tries integer NOT NULL DEFAULT 1,
    retry_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY ({key}, position, part)
);
ALTER TABLE {schema}.{later} ADD COLUMN IF NOT EXISTS partition smallint;
CREATE INDEX IF NOT EXISTS {later_retry_at} ON {schema}.{later} (retry_at);
