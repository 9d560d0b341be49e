"""What is kept of settlement beside the log: how its tables are read for the audit, and carried over from earlier versions."""
