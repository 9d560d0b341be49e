"""Something to bet on: its selections, its prices and their versions, whether it takes bets, how it came out."""
