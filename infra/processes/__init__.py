"""Processes on one machine: starting, supervising, locking."""
