"""A comment on a slip, or the reply to one: threads have two levels."""
