-- Every key that has a row in the tables of a manager.
SELECT {key}::text FROM {schema}.{waiting} UNION SELECT {key}::text FROM {schema}.{came} UNION SELECT {key}::text FROM {schema}.{later}
