-- How far the log is in the search index, the log's mark there, and by which version of its rules.
CREATE TABLE IF NOT EXISTS search_position (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    position bigint NOT NULL DEFAULT 0,
    mark text NOT NULL DEFAULT '',
    version text NOT NULL DEFAULT ''
) WITH (fillfactor = 10);
-- The fact that the index stands before, as it cannot take it, and why; empty where there is none.
ALTER TABLE search_position ADD COLUMN IF NOT EXISTS trouble text NOT NULL DEFAULT '';
INSERT INTO search_position DEFAULT VALUES ON CONFLICT DO NOTHING;
-- Accounts, teams and competitions by the words of their names; `folded` has neither case nor accents.
CREATE TABLE IF NOT EXISTS search_entry (
    kind text NOT NULL,
    entry_id text COLLATE "C" NOT NULL,
    name text NOT NULL,
    sport text NOT NULL DEFAULT '',
    folded text COLLATE "C" NOT NULL,
    words tsvector NOT NULL,
    PRIMARY KEY (kind, entry_id)
);
CREATE INDEX IF NOT EXISTS search_entry_words ON search_entry USING gin (words);
-- The words of the names on each fixture, which the slips on it are found by.
CREATE TABLE IF NOT EXISTS search_fixture (
    fixture_id uuid PRIMARY KEY,
    words text[] NOT NULL
);
-- Slips by the words of their fixtures and their tags, with what decides who sees them.
CREATE TABLE IF NOT EXISTS search_slip (
    slip_id uuid PRIMARY KEY,
    author_id uuid NOT NULL,
    position bigint NOT NULL,
    is_public boolean NOT NULL,
    is_removed boolean NOT NULL DEFAULT false,
    is_held boolean NOT NULL DEFAULT false,
    words tsvector NOT NULL
);
CREATE INDEX IF NOT EXISTS search_slip_words ON search_slip USING gin (words);
CREATE INDEX IF NOT EXISTS search_slip_author ON search_slip (author_id);
-- The slips with each tag.
CREATE TABLE IF NOT EXISTS search_tag (
    tag text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    slip_id uuid NOT NULL,
    PRIMARY KEY (tag, position)
);
-- The accounts whose key was destroyed: nothing of theirs is found.
CREATE INDEX IF NOT EXISTS text_key_destroyed ON text_key (account_id) WHERE wrapped_key = '';
-- The accounts that are private now.
CREATE TABLE IF NOT EXISTS search_private (account_id uuid PRIMARY KEY)
