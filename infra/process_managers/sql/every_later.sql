-- Every case that has a time, those that were set aside too, for the audit.
SELECT {key}::text, position, part, {case_id}::text, account_id::text FROM {schema}.{later}
