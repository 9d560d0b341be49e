"""Views of notifications: the inbox of an account."""
