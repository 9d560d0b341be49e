"""Second factors as they are kept: sealed secrets and recovery codes, in tables beside the log."""
