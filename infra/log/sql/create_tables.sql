-- How far a topic of Kafka is a copy of the log. It begins anew as another `epoch` where it cannot be gone on with: from `since` on, readers
-- take records of this epoch alone, and the log itself for what is before. `homes` names the views that facts were given homes for, `last_of`
-- is the position of the last fact in each partition, `since` where there is none.
CREATE TABLE IF NOT EXISTS relay_position (
    topic text PRIMARY KEY,
    epoch bigint NOT NULL,
    since bigint NOT NULL,
    homes text NOT NULL,
    position bigint NOT NULL,
    last_of bigint[] NOT NULL
);

-- Facts that a build of a view could not apply and went on without, with the cause. Handled is one whose build is not there any more;
-- copied one that the topic of dead letters has, where a relay runs.
CREATE TABLE IF NOT EXISTS dead_letter (
    build text NOT NULL,
    position bigint NOT NULL,
    view text NOT NULL,
    fact text NOT NULL,
    stream_id text NOT NULL,
    home text NOT NULL,
    cause text NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    handled_at timestamptz,
    copied_at timestamptz,
    PRIMARY KEY (build, position)
);
