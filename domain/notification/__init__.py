"""Notifications: which kinds there are, what an account wants to be told, and what it saw."""
