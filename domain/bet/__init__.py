"""A bet: struck at the odds shown or not at all, settled once."""
