"""Readers of the log, one port (`commands.log_reader.LogReader`): the tail of Postgres, and one that reads ahead."""
