"""Trading: fixtures, markets, gates, producer heartbeats, approval of proposals, abandonment; `replay` drives past matches."""
