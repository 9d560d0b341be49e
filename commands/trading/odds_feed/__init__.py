"""Prices of other bookmakers taken as a feed: what they agree on, with the book's own margin, offered while the feed lives."""
