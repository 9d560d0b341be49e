"""The tables of settlement beside the log: migrating them from earlier versions."""
