"""Views for traders: the open proposals."""
