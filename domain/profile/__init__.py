"""What an account shows of itself, and whether it is private."""
