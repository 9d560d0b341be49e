-- These cases are done. The claim holds their rows, so they are where they were.
DELETE FROM {schema}.{later} WHERE ctid = ANY(%b::tid[])
