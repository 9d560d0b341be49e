-- Keys that personal text in the log is sealed with, one an account, each encrypted with a key that the database does not have. An empty
-- key was destroyed: its row stays, so that the account never gets another.
CREATE TABLE IF NOT EXISTS text_key (
    account_id uuid PRIMARY KEY,
    wrapped_key bytea NOT NULL
);
