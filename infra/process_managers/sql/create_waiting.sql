-- Which cases wait for what, and what came. It only says where to look: what follows for a case is decided from its streams.
CREATE TABLE IF NOT EXISTS {schema}.{waiting} (
    {key} uuid NOT NULL,
    position bigint NOT NULL,
    part integer NOT NULL DEFAULT 0,
    {case_id} uuid NOT NULL,
    account_id uuid NOT NULL,
    PRIMARY KEY ({key}, position, part)
);
CREATE TABLE IF NOT EXISTS {schema}.{came} (
    {key} uuid NOT NULL,
    number integer NOT NULL DEFAULT 1,
    position bigint NOT NULL UNIQUE,
    PRIMARY KEY ({key}, number)
);
