-- End the sessions of writers that keep the server waiting in the middle of a batch: their process stands still, and with it whoever waits
-- for the head's lock. In the middle of a COPY no timeout of the server's ends a session, so whoever waits does.
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND usename = current_user AND application_name = %s AND pid <> pg_backend_pid()
  AND state <> 'idle' AND wait_event = 'ClientRead' AND state_change < clock_timestamp() - make_interval(secs => %s)
