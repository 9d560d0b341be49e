"""Moderation: what people report, what is held, removed and released, and what its author says to that."""
