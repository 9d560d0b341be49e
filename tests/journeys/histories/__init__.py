"""Histories: what clients called and were answered at the real product, judged for consistency by a checker that knows nothing of it."""
