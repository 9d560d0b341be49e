"""Views of accounts: the statement of a wallet, and the alerts of monitoring."""
