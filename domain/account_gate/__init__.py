"""What keeps an account from betting and from bringing money in: a time-out, a self-exclusion, a closure, an office; else it is active."""
