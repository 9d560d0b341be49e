-- Whether a table is there as this version has it: then nothing is created, for which most users have no right.
SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attname = %s AND NOT attisdropped)
