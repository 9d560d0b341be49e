"""Views for bettors: the board and the portfolio."""
