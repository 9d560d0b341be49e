"""Readers of the log, one port (`commands.ports.LogReader`): the tail of Postgres, and one that reads ahead."""
