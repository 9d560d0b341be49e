"""Routes among people: slips, tails, profiles, follows, reactions, comments."""
