"""Adapters of the word filter (`commands.social.word_filter.WordFilter`)."""
