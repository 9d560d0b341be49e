-- Everything that came and that cases may wait for, for the audit.
SELECT {key}::text, number, position FROM {schema}.{came}
