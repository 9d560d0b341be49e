-- Secrets of second factors, sealed with a key that the database does not have; which of them an account needs, the log says. `last_step`
-- is the time step of the code that was used last: each is used once. `attempts` counts codes that were tried since `attempts_since`.
CREATE TABLE IF NOT EXISTS second_factor (
    factor_id uuid PRIMARY KEY,
    account_id uuid NOT NULL,
    sealed_secret bytea NOT NULL,
    last_step bigint NOT NULL DEFAULT 0,
    attempts integer NOT NULL DEFAULT 0,
    attempts_since timestamptz NOT NULL DEFAULT 'epoch'
);
CREATE INDEX IF NOT EXISTS second_factor_of_account ON second_factor (account_id);
-- What opens a session instead of a code when the device is lost: keyed hashes, each used once.
CREATE TABLE IF NOT EXISTS recovery_code (
    factor_id uuid NOT NULL REFERENCES second_factor ON DELETE CASCADE,
    code_hash bytea NOT NULL,
    PRIMARY KEY (factor_id, code_hash)
);
