"""Shading: open bets are read from the log, summed up by match and selection, and turned into the tilt that the matches' prices get."""
