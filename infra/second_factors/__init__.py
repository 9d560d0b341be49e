"""The store of second factors: sealed secrets and recovery codes, in tables beside the log."""
