-- What the database's clock shows, how far the log is, by whose time, in which encoding it is kept, and whether there are tables of process managers, of the search index, of the relay and of notifications.
SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now_us,
    head.position,
    (extract(epoch FROM head.committed_at) * 1000000)::bigint AS committed_us,
    current_setting('server_encoding') AS encoding,
    to_regclass('{schema}.process_manager_partition') IS NOT NULL AS manages,
    to_regclass('{schema}.search_position') IS NOT NULL AS searches,
    to_regclass('{schema}.relay_position') IS NOT NULL AS relays,
    to_regclass('{schema}.delivery_position') IS NOT NULL AS tells
FROM {schema}.{head} AS head
