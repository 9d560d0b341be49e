"""An account's money: what is available, what is reserved by open bets, and where every cent came from."""
