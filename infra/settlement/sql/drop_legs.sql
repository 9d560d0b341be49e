-- These legs are settled. The claim holds their rows, so they are where they were.
DELETE FROM {schema}.open_leg WHERE ctid = ANY(%b::tid[])
