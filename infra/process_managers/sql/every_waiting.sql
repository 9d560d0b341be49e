-- Every case that waits, for the audit.
SELECT {key}::text, position, part, {case_id}::text, account_id::text FROM {schema}.{waiting}
