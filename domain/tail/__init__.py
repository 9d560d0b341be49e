"""A tail: a bet that was built from somebody's slip."""
