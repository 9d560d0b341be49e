"""Routes for bettors: the board, bets, the portfolio."""
