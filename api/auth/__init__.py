"""Authentication and limits: tokens, passwords, roles, rate limits. Shared by HTTP and the socket."""
