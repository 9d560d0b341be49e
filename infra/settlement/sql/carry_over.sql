-- Carry over the tables of earlier versions: they kept selections and results, no part and no number, and the position in a row of its own.
ALTER TABLE IF EXISTS {schema}.open_leg DROP COLUMN IF EXISTS selection;
ALTER TABLE IF EXISTS {schema}.resulted_market DROP COLUMN IF EXISTS results, DROP COLUMN IF EXISTS at;
DO $$
DECLARE
    old record;
BEGIN
    FOR old IN
        SELECT * FROM (VALUES
            ('open_leg', 'part', 'DEFAULT 0', 'market_id, position, part'),
            ('unsettled_leg', 'part', 'DEFAULT 0', 'market_id, position, part'),
            ('resulted_market', 'number', 'DEFAULT 1', 'market_id, number')
        ) AS of_table (name, added, first, key)
        WHERE to_regclass('{schema}.' || name) IS NOT NULL
            AND NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass('{schema}.' || name) AND attname = added AND NOT attisdropped)
    LOOP
        EXECUTE format('ALTER TABLE {schema}.%I ADD COLUMN %I integer NOT NULL %s', old.name, old.added, old.first);
        EXECUTE format('ALTER TABLE {schema}.%I DROP CONSTRAINT %I, ADD PRIMARY KEY (%s)', old.name, old.name || '_pkey', old.key);
    END LOOP;
    IF to_regclass('{schema}.open_leg_position') IS NOT NULL THEN
        UPDATE {schema}.open_leg SET part = leg.nth - 1
        FROM {schema}.stored_events AS placed, jsonb_array_elements(convert_from(placed.state, 'UTF8')::jsonb -> 'legs') WITH ORDINALITY AS leg (told, nth)
        WHERE placed.notification_id = open_leg.position AND leg.told ->> 'market_id' = open_leg.market_id::text AND leg.nth > 1;
        ALTER TABLE {schema}.open_leg_position ADD COLUMN IF NOT EXISTS mark text NOT NULL DEFAULT '';
        INSERT INTO {schema}.process_manager_partition (manager, partition, position, mark, version)
        SELECT 'settlement', partition, position, mark, '1' FROM {schema}.open_leg_position, generate_series(0, 63) AS partition
        ON CONFLICT (manager, partition) DO UPDATE SET position = EXCLUDED.position, mark = EXCLUDED.mark, version = EXCLUDED.version;
        DROP TABLE {schema}.open_leg_position;
    END IF;
END $$;
