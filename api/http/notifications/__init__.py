"""Notifications over HTTP: the inbox, what is marked in it, preferences, and why something is told or not."""
