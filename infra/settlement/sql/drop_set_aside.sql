-- These legs are settled after all. The claim holds their rows, so they are where they were.
DELETE FROM {schema}.unsettled_leg WHERE ctid = ANY(%b::tid[])
