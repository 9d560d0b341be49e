"""Views for traders: open proposals and open liability."""
