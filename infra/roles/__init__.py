"""What each role of `slipstream` runs: one module per role."""
