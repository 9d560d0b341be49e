"""What a trader does: fixtures, markets, prices."""
