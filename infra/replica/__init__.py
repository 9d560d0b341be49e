"""A read replica of the log's database: a physical standby that is read from and never written to."""
