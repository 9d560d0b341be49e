-- Whether the tables are there as this version has them: then nothing is created, for which most users have no right.
SELECT count(*) = 3 FROM (
    VALUES ('{schema}.unsettled_leg', 'retry_at'), ('{schema}.open_leg', 'account_id'), ('{schema}.open_leg_position', 'mark')
) AS wanted (table_name, column_name)
JOIN pg_attribute ON attrelid = to_regclass(table_name) AND attname = column_name AND NOT attisdropped
WHERE NOT EXISTS (
    SELECT FROM pg_attribute AS old
    WHERE old.attrelid = to_regclass('{schema}.open_leg') AND old.attname = 'selection' AND NOT old.attisdropped
)
