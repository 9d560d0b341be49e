-- The same for a reader of a few partitions too: a fact is at home with the account that it names, else with its stream, and the CRC-32 of
-- that id says in which partition (crc32 is there from PostgreSQL 18 on). Names that are not known pass, for whoever asks to judge them.
SELECT '[' || string_agg('[' || notification_id || ',"' || originator_id || '",' || originator_version || ','
        || convert_from(state, 'UTF8') || ',' || committed_us || ']', ',') FILTER (
        WHERE CASE
            WHEN topic = ANY(%(others)s::text[]) THEN false
            WHEN topic <> ALL(%(known)s::text[]) THEN true
            ELSE crc32(convert_to(coalesce(nullif(convert_from(state, 'UTF8')::json ->> 'account_id', ''), originator_id::text), 'UTF8'))
                %% %(count)s = ANY(%(partitions)s::int[])
        END
    ) || ']' AS recorded,
    max(notification_id) AS position
FROM {stretch}
