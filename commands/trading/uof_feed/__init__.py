"""Messages of a Unified Odds Feed: what they say of events, merged by time whatever their order, and the commands that follow."""
