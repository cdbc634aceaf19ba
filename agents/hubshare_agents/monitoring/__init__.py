"""What a single-user server uses, and whether it is at work."""
