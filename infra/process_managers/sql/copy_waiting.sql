-- Many cases at once, in binary.
COPY {schema}.{waiting} ({key}, position, part, {case_id}, account_id) FROM STDIN (FORMAT BINARY)
