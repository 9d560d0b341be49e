"""A free bet: a stake that the book grants an account, used whole and once, and not returned with what it wins."""
