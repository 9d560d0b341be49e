-- Forget what came under these keys, as it is of another log than the one that is here now, or was found by other rules.
DELETE FROM {schema}.{came} WHERE {key} = ANY(%b::uuid[])
