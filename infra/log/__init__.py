"""Readers of the log, one port (`commands.ports.LogReader`): the tail of Postgres here, Kafka where there are many machines."""
