"""Use cases on bets: place, settle."""
