-- Nothing is to be done any more at a later time for what waits for these.
DELETE FROM {schema}.{later} WHERE {key} = ANY(%b::uuid[])
