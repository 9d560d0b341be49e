"""The tables of settlement beside the log: reading them for the audit, and migrating them from earlier versions."""
