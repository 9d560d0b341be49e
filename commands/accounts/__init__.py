"""Use cases on accounts: open, sign in, restrict, grant roles, move money."""
