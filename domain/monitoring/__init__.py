"""The monitoring of an account's transfers for what the law wants looked at: every deposit and withdrawal is held against rules."""
