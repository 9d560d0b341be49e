"""The most that is paid on a bet with a leg on a match, on whichever of its markets: a stream for each match, which bets read."""
