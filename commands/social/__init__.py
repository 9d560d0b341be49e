"""Use cases among people: slips, tails, follows, reactions, comments."""
