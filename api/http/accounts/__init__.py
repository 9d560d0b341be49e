"""Routes for accounts: register, sign in, pauses, money in and out."""
