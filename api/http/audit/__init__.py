"""Routes for auditors: balances, facts of a stream, verification of the whole log."""
