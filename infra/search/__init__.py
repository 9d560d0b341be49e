"""The search index: tables beside the log, filled by a reader of its own."""
