"""Races that a feed runs: offered with prices that move until the off, run, and settled by the feed's word.

`race` says what a race is and which ids follow from it, `race_prices` what its runners cost, `race_player` what is due at a moment,
`runner` drives many at once.
"""
