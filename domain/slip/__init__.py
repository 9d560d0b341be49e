"""A slip: a bet or a pick that its author shows to others."""
