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
