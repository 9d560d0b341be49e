"""What each role of `slipstream` runs: one module a role."""
