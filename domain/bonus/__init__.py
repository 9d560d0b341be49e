"""Bonus money: an amount that the book credits to an account of its own, and that becomes cash once enough of it was staked."""
