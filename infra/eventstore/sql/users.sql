-- Who may do what: everybody who serves, settles, projects or feeds connects as a user in the role `slipstream_roles`, which may add to the
-- log and read it, and may not change what was committed, whatever bug or intruder it has. The user who made the tables owns them.
--
-- Run it as an administrator, with any client, before Slipstream's first start and again whenever you like; then make the two users:
--
--     psql -d slipstream -f users.sql
--     CREATE USER slipstream_owner PASSWORD '...';      GRANT CREATE, USAGE ON SCHEMA public TO slipstream_owner;
--     CREATE USER slipstream_app PASSWORD '...' IN ROLE slipstream_roles;
--
-- and start with SLIPSTREAM_OWNER_DATABASE_URL naming the first, SLIPSTREAM_DATABASE_URL the second. The tables are made, and these rights
-- given, at that start; roles that only have SLIPSTREAM_DATABASE_URL then run without the owner's password.
DO $$
DECLARE
    needed record;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'slipstream_roles') THEN
        CREATE ROLE slipstream_roles NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
    END IF;
    FOR needed IN
        SELECT * FROM (VALUES
            ('stored_events', 'SELECT, INSERT'),
            ('stored_events_batches', 'SELECT, INSERT'),
            ('stored_events_head', 'SELECT, UPDATE'),
            ('stored_events_flushed', 'SELECT, UPDATE'),
            ('stored_events_snapshots', 'SELECT, INSERT, UPDATE, DELETE'),
            ('process_manager_partition', 'SELECT, UPDATE'),
            ('process_manager_position', 'SELECT'),
            ('open_leg', 'SELECT, INSERT, UPDATE, DELETE'),
            ('resulted_market', 'SELECT, INSERT, UPDATE, DELETE'),
            ('unsettled_leg', 'SELECT, INSERT, UPDATE, DELETE'),
            ('open_market', 'SELECT, INSERT, UPDATE, DELETE'),
            ('abandoned_fixture', 'SELECT, INSERT, UPDATE, DELETE'),
            ('unvoided_market', 'SELECT, INSERT, UPDATE, DELETE'),
            ('pending_bet', 'SELECT, INSERT, UPDATE, DELETE'),
            ('expiring_bonus', 'SELECT, INSERT, UPDATE, DELETE'),
            ('unplayed_fixture', 'SELECT, INSERT, UPDATE, DELETE'),
            ('second_factor', 'SELECT, INSERT, UPDATE, DELETE'),
            ('recovery_code', 'SELECT, INSERT, DELETE'),
            ('text_key', 'SELECT, INSERT, DELETE'),
            ('relay_position', 'SELECT, INSERT, UPDATE'),
            ('dead_letter', 'SELECT, INSERT, UPDATE'),
            ('search_position', 'SELECT, UPDATE'),
            ('search_entry', 'SELECT, INSERT, DELETE'),
            ('search_fixture', 'SELECT, INSERT, DELETE'),
            ('search_slip', 'SELECT, INSERT, UPDATE, DELETE'),
            ('search_tag', 'SELECT, INSERT, DELETE'),
            ('search_private', 'SELECT, INSERT, DELETE'),
            ('delivery_position', 'SELECT, UPDATE'),
            ('delivery_account', 'SELECT, INSERT, UPDATE, DELETE'),
            ('delivery_bell', 'SELECT, INSERT, DELETE'),
            ('delivery_fanout', 'SELECT, INSERT, UPDATE, DELETE'),
            ('delivery_open_bet', 'SELECT, INSERT, UPDATE, DELETE'),
            ('delivery_kick_off', 'SELECT, INSERT, UPDATE, DELETE'),
            ('delivery', 'SELECT, INSERT, UPDATE, DELETE'),
            ('delivery_limit', 'SELECT, INSERT, UPDATE, DELETE'),
            ('delivery_device', 'SELECT, INSERT, UPDATE, DELETE')
        ) AS of_table (name, rights)
        WHERE to_regclass('public.' || name) IS NOT NULL
    LOOP
        EXECUTE format('REVOKE ALL ON public.%I FROM PUBLIC, slipstream_roles', needed.name);
        EXECUTE format('GRANT %s ON public.%I TO slipstream_roles', needed.rights, needed.name);
    END LOOP;
    IF to_regclass('public.stored_events') IS NOT NULL THEN
        EXECUTE 'GRANT USAGE ON SCHEMA public TO slipstream_roles';
    END IF;
END $$;
