"""What an account does not want to see, whoever it is from: the discussion of a slip, and words."""
