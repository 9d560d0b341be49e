-- Lock the head until the end of the transaction. What it says is read by the statement after this one: only that sees what whoever had
-- the lock before has written, and a clock that was read after the lock was there.
SELECT FROM {schema}.{head} FOR UPDATE
