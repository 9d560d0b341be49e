"""A draft: a bet that nobody placed yet, kept by its author and handed on as a short code."""
