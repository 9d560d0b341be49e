-- Say how far the log is on disk, and put it there: whoever sees this row after its commit knows that everything up to it is durable, since
-- the write-ahead log is flushed in order. Nothing is written, and nothing flushed, where another process has said as much already. Each
-- connection has one of sixteen rows, so that those who flush at the same time seldom wait for each other.
UPDATE {schema}.{flushed} SET position = head.position FROM {schema}.{head} AS head
WHERE slot = pg_backend_pid() % 16 AND head.position > (SELECT max(position) FROM {schema}.{flushed})
