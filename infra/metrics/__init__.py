"""The metrics of every role: the process, its dispatcher, its readers, readiness."""
