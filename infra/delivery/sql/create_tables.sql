-- How far the log was told, the log's mark there, by which version of its rules, and the position after which causes are told at all.
CREATE TABLE IF NOT EXISTS delivery_position (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    position bigint NOT NULL DEFAULT 0,
    mark text NOT NULL DEFAULT '',
    version text NOT NULL DEFAULT '',
    tell_from bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 10);
INSERT INTO delivery_position DEFAULT VALUES ON CONFLICT DO NOTHING;

-- What each account set, what protects it, and its addresses (sealed), as of that position; see `projections.notifications.standing`.
CREATE TABLE IF NOT EXISTS delivery_account (
    account_id uuid PRIMARY KEY,
    reachable boolean NOT NULL,
    standing bytea NOT NULL
);

-- Whose bell is on for an author, since which position.
CREATE TABLE IF NOT EXISTS delivery_bell (
    author_id uuid NOT NULL,
    partition smallint NOT NULL,
    account_id uuid NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (author_id, partition, account_id)
);

-- Shared slips of which those with a bell are being told: up to which of them, in the order of `delivery_bell`, and how many so far.
CREATE TABLE IF NOT EXISTS delivery_fanout (
    position bigint PRIMARY KEY,
    author_id uuid NOT NULL,
    slip_id uuid NOT NULL,
    verified boolean NOT NULL,
    fixture_ids text[] NOT NULL,
    at_us bigint NOT NULL,
    partition smallint NOT NULL DEFAULT -1,
    after_id uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
    told bigint NOT NULL DEFAULT 0
);

-- The matches that open bets are on, and since which position.
CREATE TABLE IF NOT EXISTS delivery_open_bet (
    fixture_id uuid NOT NULL,
    partition smallint NOT NULL,
    account_id uuid NOT NULL,
    bet_id uuid NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (fixture_id, partition, account_id, bet_id)
);
CREATE INDEX IF NOT EXISTS delivery_open_bet_settled ON delivery_open_bet (bet_id);

-- Matches that kicked off, of which those with an open bet are being told: up to which of them, and how many so far, as in `delivery_fanout`.
CREATE TABLE IF NOT EXISTS delivery_kick_off (
    position bigint PRIMARY KEY,
    fixture_id uuid NOT NULL,
    at_us bigint NOT NULL,
    partition smallint NOT NULL DEFAULT -1,
    after_id uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
    told bigint NOT NULL DEFAULT 0
);

-- Every delivery. `state` is waiting (until `due_us`), queued, claimed (looked at again), attempting (with the provider), folded (into the
-- digest that `digest_id` names, which takes more until it is closed: claimed once), or what became of it: sent, suppressed, gone, unknown, dead. `why` is the rule, or what the provider said.
-- Times are in microseconds since 1970. `rank_us` is the order within an urgency, 0 the most urgent.
CREATE TABLE IF NOT EXISTS delivery (
    delivery_id uuid PRIMARY KEY,
    account_id uuid NOT NULL,
    channel text NOT NULL,
    address_id uuid NOT NULL,
    notice_id text NOT NULL,
    kind text NOT NULL,
    author_id text NOT NULL,
    position bigint NOT NULL,
    at_us bigint NOT NULL,
    urgency smallint NOT NULL,
    state text NOT NULL,
    due_us bigint NOT NULL,
    rank_us bigint NOT NULL,
    expires_us bigint NOT NULL,
    digest_id uuid,
    closed boolean NOT NULL DEFAULT false,
    attempts smallint NOT NULL DEFAULT 0,
    lease_us bigint NOT NULL DEFAULT 0,
    done_us bigint NOT NULL DEFAULT 0,
    rule text NOT NULL DEFAULT '',
    why text NOT NULL DEFAULT ''
) WITH (fillfactor = 70);
CREATE INDEX IF NOT EXISTS delivery_queued ON delivery (channel, urgency, rank_us) WHERE state = 'queued';
CREATE INDEX IF NOT EXISTS delivery_waiting ON delivery (channel, due_us) WHERE state = 'waiting';
CREATE INDEX IF NOT EXISTS delivery_leased ON delivery (channel, lease_us) WHERE state IN ('claimed', 'attempting');
CREATE INDEX IF NOT EXISTS delivery_expiring ON delivery (channel, expires_us) WHERE state IN ('waiting', 'queued', 'folded');
CREATE INDEX IF NOT EXISTS delivery_folded ON delivery (digest_id) WHERE digest_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS delivery_dead ON delivery (done_us) WHERE state = 'dead';
CREATE INDEX IF NOT EXISTS delivery_account_notice ON delivery (account_id, notice_id);
CREATE UNIQUE INDEX IF NOT EXISTS delivery_open_digest ON delivery (account_id, channel, address_id)
    WHERE kind = 'digest' AND NOT closed;

-- Which account was the last to register a phone for mobile push, by a keyed hash of its token; `number` grows with each registration,
-- `position` is one of the log at which the account had the address.
CREATE TABLE IF NOT EXISTS delivery_device (
    device bytea NOT NULL,
    account_id uuid NOT NULL,
    address_id uuid NOT NULL,
    number bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    PRIMARY KEY (device, account_id)
);
ALTER TABLE delivery_device ADD COLUMN IF NOT EXISTS position bigint NOT NULL DEFAULT 0;
CREATE INDEX IF NOT EXISTS delivery_device_account ON delivery_device (account_id);

-- How much of each limit the addresses of an account have left on a channel: token buckets by scope and address, in MessagePack.
CREATE TABLE IF NOT EXISTS delivery_limit (
    account_id uuid NOT NULL,
    channel text NOT NULL,
    levels bytea NOT NULL,
    at_us bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (account_id, channel)
);
