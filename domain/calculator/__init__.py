"""The bet calculator: what a bet of any type returns once its legs came out, whoever took it. It places nothing."""
