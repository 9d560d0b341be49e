"""Who asks and how often: tokens, passwords, roles, rate limits. Shared by every way in."""
