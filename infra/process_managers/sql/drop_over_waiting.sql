-- Nothing is to be done any more for what waits for these.
DELETE FROM {schema}.{waiting} WHERE {key} = ANY(%b::uuid[])
