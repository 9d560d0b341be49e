"""What two accounts are to each other: following, asking to, muting, blocking, both ways in one stream."""
