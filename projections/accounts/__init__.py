"""Views of accounts: the statement of a wallet."""
