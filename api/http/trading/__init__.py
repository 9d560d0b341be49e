"""Routes for traders: fixtures, markets, betting stops, proposals."""
